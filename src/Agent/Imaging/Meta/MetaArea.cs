using System.Text;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Imaging.Meta;

/// <summary>Both blocks together: what a META partition begins with.</summary>
internal static class MetaArea
{
    public const string PartitionName = "META";
    public const int Bytes = 2 * MetaBlock.Bytes;

    /// <summary>
    /// Puts the nonce in and keeps every other key: 0x11 tells Talos at first boot that the image carries two boot loaders.
    /// </summary>
    /// <exception cref="AgentFailure">The area holds something that is neither META nor zeros, or is full.</exception>
    public static void PutNonce(Span<byte> area, string nonce)
    {
        var records = Read(area) ?? throw new AgentFailure(AgentFailureCodes.ImageFormat,
            $"Putting the boot nonce into the image: its {PartitionName} partition holds neither META blocks nor zeros");
        var nonceRecord = new MetaRecord(BootNonceKey.Tag, Encoding.UTF8.GetBytes(nonce));
        var block = MetaBlock.TryBuild([.. records.Where(record => record.Tag != BootNonceKey.Tag), nonceRecord])
            ?? throw new AgentFailure(AgentFailureCodes.ImageFormat, $"Putting the boot nonce into the image: its {PartitionName} partition is full");
        block.CopyTo(area);
        block.CopyTo(area[MetaBlock.Bytes..]);
    }

    public static string? Nonce(ReadOnlySpan<byte> area) =>
        Read(area)?.LastOrDefault(record => record.Tag == BootNonceKey.Tag) is { } record ? Encoding.UTF8.GetString(record.Value) : null;

    /// <summary>The first sound block's records, as Talos reads; none when the area is zero; null when it is anything else.</summary>
    private static IReadOnlyList<MetaRecord>? Read(ReadOnlySpan<byte> area) =>
        MetaBlock.TryParse(area[..MetaBlock.Bytes])
        ?? MetaBlock.TryParse(area.Slice(MetaBlock.Bytes, MetaBlock.Bytes))
        ?? (area[..Bytes].IndexOfAnyExcept((byte)0) < 0 ? [] : null);
}
