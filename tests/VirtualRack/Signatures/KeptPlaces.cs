using System.Buffers.Binary;

namespace Kronform.Provision.VirtualRack.Signatures;

/// <summary>
/// Which parts of a disk a capture keeps: both ends of the disk and of its partitions, and the places where formats keep
/// further copies. The rest is what file systems hold, which says nothing about what the disk is.
/// </summary>
internal static class KeptPlaces
{
    private const long KiB = 1 << 10;
    private const long MiB = 1 << 20;
    private const long GiB = 1 << 30;
    private const long DiskEnds = 4 * MiB;
    private const long PartitionEnds = 2 * MiB;
    private const long Copy = 64 * KiB;

    /// <summary>Of btrfs, ext4 (block group 1 at 1, 2 and 4 KiB a block) and BlueStore, from the start of their volume.</summary>
    private static readonly long[] Copies =
        [64 * MiB, 256 * GiB, 8 * MiB + KiB, 16 * MiB * 2, 128 * MiB, GiB, 10 * GiB, 100 * GiB, 1000 * GiB, MiB + GiB];

    /// <param name="volumes">Start and size of the disk, which comes first, and of its partitions.</param>
    /// <param name="read">Reads from the disk.</param>
    /// <returns>Start and end, as multiples of 4 KiB, possibly overlapping.</returns>
    public static IEnumerable<(long Start, long End)> Of(IReadOnlyList<(long Start, long Size)> volumes, Func<long, int, byte[]> read)
    {
        foreach (var (start, size) in volumes)
        {
            var ends = start == 0 ? DiskEnds : PartitionEnds;
            foreach (var (from, length) in new[] { (0, ends), (size - ends, ends) }
                .Concat(Copies.Select(place => (place, Copy))).Concat(XfsGroups(read(start, 512)).Select(place => (place, Copy))))
            {
                var (first, last) = (Math.Max(from, 0), Math.Min(from + length, size));
                if (first < last) yield return ((start + first) / 4096 * 4096, (start + last + 4095) / 4096 * 4096);
            }
        }
    }

    /// <summary>Each allocation group of XFS begins with a copy of the superblock (xfs_format.h: sb_blocksize, sb_agblocks, sb_agcount).</summary>
    private static IEnumerable<long> XfsGroups(byte[] superblock)
    {
        if (!superblock.AsSpan(0, 4).SequenceEqual("XFSB"u8)) yield break;
        var groupBytes = (long)BinaryPrimitives.ReadUInt32BigEndian(superblock.AsSpan(84)) * BinaryPrimitives.ReadUInt32BigEndian(superblock.AsSpan(4));
        var groups = BinaryPrimitives.ReadUInt32BigEndian(superblock.AsSpan(88));
        for (long group = 1; group < groups; group++) yield return group * groupBytes;
    }
}
