using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks;

/// <summary>
/// What a write of the image leaves that nobody saw the end of. Before its commit that is no table, no partition, and behind the
/// first MiB the file systems of the image; after it, the image's own partitions. The guards would take either for somebody's data,
/// so this is only asked of a disk that this very run began to write.
/// </summary>
public static class InterruptedWrite
{
    private const long FirstBytes = 1 << 20;

    private static readonly string[] OfImages = ["vfat", "xfs", "ext2", "ext3", "ext4", "talosmeta"];

    /// <summary>False as soon as there is anything that no image puts there: STATE and EPHEMERAL are what a node made of it.</summary>
    public static bool IsAllThatIsOn(BlockDevice disk) =>
        disk.Holders.Count == 0 && disk.Mounts.Count == 0 && disk.Partitions.Count + disk.Signatures.Count > 0
        && disk.Partitions.All(p => p.Label is "EFI" or "BIOS" or "BOOT" or "META" && p.Signatures.All(IsOfImage))
        && disk.Signatures.All(s => DataSignatures.IsTable(s) ? disk.Partitions.Count > 0 : s.OffsetBytes >= FirstBytes && IsOfImage(s));

    private static bool IsOfImage(Signature mark) => OfImages.Contains(DataSignatures.Kind(mark));
}
