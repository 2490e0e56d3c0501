using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks;

/// <summary>
/// What an interrupted write of the image leaves: no table, no partition, and behind the first MiB the file systems of the image,
/// which the guards would take for somebody's. Only asked of a disk that this very run began to write.
/// </summary>
public static class HalfWritten
{
    private const long FirstBytes = 1 << 20;

    private static readonly string[] OfImages = ["vfat", "xfs", "ext2", "ext3", "ext4", "talosmeta"];

    /// <summary>False as soon as there is anything that no image puts there.</summary>
    public static bool HoldsOnlyAnImage(BlockDevice disk) =>
        disk.Partitions.Count == 0 && disk.Holders.Count == 0 && disk.Mounts.Count == 0 && disk.Signatures.Count > 0
        && disk.Signatures.All(mark => mark.OffsetBytes >= FirstBytes && OfImages.Contains(DataSignatures.Kind(mark)));
}
