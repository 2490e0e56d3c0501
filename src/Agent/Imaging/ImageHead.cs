using Kronform.Provision.Agent.Imaging.Meta;
using Kronform.Provision.Agent.Inventory.Tables;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Imaging;

/// <summary>What the image's first MiB says about the rest, known before anything on the disk is touched.</summary>
/// <param name="MetaOffset">Where the META partition begins.</param>
/// <param name="PartUuids">Of its partitions.</param>
/// <param name="ImageBytes">Up to the sector of the backup table, which ends the image.</param>
internal sealed record ImageHead(long MetaOffset, long ImageBytes, IReadOnlyList<Guid> PartUuids)
{
    /// <summary>The part that is withheld until everything else is on the disk and proven.</summary>
    public const int Bytes = 1 << 20;

    private const int Sector = 512;

    /// <exception cref="AgentFailure">No table, one for other sectors, no META, or more than the disk holds.</exception>
    public static ImageHead Read(ReadOnlyMemory<byte> first, long diskBytes)
    {
        if (first.Length < Bytes) throw Unreadable($"it has {first.Length} bytes, less than a partition table and partitions need");
        byte[] At(long offset, int count) => first.Slice((int)offset, count).ToArray();
        var table = GptTable.TryRead(At, Sector, Sector, Bytes);
        if (table is null && GptTable.TryRead(At, 4096, 4096, Bytes) is not null)
            throw new AgentFailure(AgentFailureCodes.ImageDoesNotFit, "Looking at the image's partition table: it counts in sectors of 4096 bytes, this disk's have 512");
        if (table is null) throw Unreadable("it has no sound GPT in its first MiB");

        var imageBytes = (table.AlternateLba + 1) * Sector;
        if (imageBytes > diskBytes)
            throw new AgentFailure(AgentFailureCodes.ImageDoesNotFit, $"Looking at the image's partition table: it needs {imageBytes} bytes, the disk has {diskBytes}");
        var metas = table.Entries.Where(entry => entry.Name == MetaArea.PartitionName).ToArray();
        if (metas.Length != 1) throw Unreadable($"it has {metas.Length} partitions named {MetaArea.PartitionName} instead of one");
        if (metas[0].SizeBytes < MetaArea.Bytes) throw Unreadable($"its {MetaArea.PartitionName} partition is smaller than {MetaArea.Bytes} bytes");
        if (metas[0].OffsetBytes < Sector * 2) throw Unreadable($"its {MetaArea.PartitionName} partition lies on the partition table");
        return new ImageHead(metas[0].OffsetBytes, imageBytes, [.. table.Entries.Select(entry => entry.Unique)]);
    }

    private static AgentFailure Unreadable(string because) =>
        new(AgentFailureCodes.ImageFormat, $"Looking at the image's partition table: {because}");
}
