using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks;

/// <summary>
/// Recognises what Talos puts on a disk. A written image that was never configured holds EFI, BIOS, BOOT and META (some missing
/// after its first boot) and nobody's data; STATE or EPHEMERAL beside them mean an installed node.
/// </summary>
internal static class TalosLayout
{
    public const string EfiSystemType = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";

    public static readonly IReadOnlyList<string> NodeLabels = ["META", "STATE", "EPHEMERAL"];

    /// <summary>What may lie in each of Talos's partitions; something else there means that it is not Talos's.</summary>
    private static readonly Dictionary<string, string[]> Contents = new(StringComparer.Ordinal)
    {
        ["EFI"] = ["vfat"],
        ["BIOS"] = [],
        ["BOOT"] = ["xfs"],
        ["META"] = ["talosmeta"],
        ["STATE"] = ["xfs", "crypto_luks"],
        ["EPHEMERAL"] = ["xfs", "crypto_luks", "ext4"],
    };

    /// <summary>The partition has a Talos name and nothing but what Talos puts there, on a disk that has META or STATE.</summary>
    public static bool Owns(BlockDevice disk, Partition partition) =>
        disk.Partitions.Any(p => p.Label is "META" or "STATE")
        && partition.Label is { } label && Contents.TryGetValue(label, out var allowed)
        && partition.Signatures.All(s => allowed.Contains(DataSignatures.Kind(s)));

    public static bool IsEfiSystem(Partition partition) =>
        string.Equals(partition.Type, EfiSystemType, StringComparison.OrdinalIgnoreCase)
        || partition.Type is "EF" or "ef" or "0xef" or "0xEF";
}
