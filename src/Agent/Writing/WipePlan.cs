using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Writing;

/// <summary>A run of bytes on a disk.</summary>
internal readonly record struct ByteRange(long Offset, long Length)
{
    public long End => Offset + Length;
}

/// <summary>
/// Which places must be zero before the image goes on: what a writer leaves standing behind the image's end (an old backup
/// table, RAID and ZFS labels at ends of partitions) has come back to life on other people's machines.
/// </summary>
internal static class WipePlan
{
    private const long MiB = 1 << 20;

    /// <summary>Room around one mark: larger than any superblock that a mark stands for (a ZFS label's slots are 128 KiB).</summary>
    private const long AroundMark = 256 * 1024;

    /// <summary>Sorted, merged, whole 4 KiB where the disk's end allows, and never outside the disk. The first begins at 0.</summary>
    public static IReadOnlyList<ByteRange> For(BlockDevice disk)
    {
        var wanted = new List<ByteRange>();
        wanted.AddRange(Ends(0, disk.SizeBytes));
        foreach (var partition in disk.Partitions)
        {
            wanted.AddRange(Ends(partition.OffsetBytes, partition.SizeBytes));
            foreach (var mark in partition.Signatures) wanted.Add(Around(mark));
        }
        foreach (var mark in disk.Signatures) wanted.Add(Around(mark));
        return Merge(wanted, disk.SizeBytes);
    }

    private static IEnumerable<ByteRange> Ends(long offset, long length)
    {
        var part = Math.Min(MiB, length);
        yield return new ByteRange(offset, part);
        yield return new ByteRange(offset + length - part, part);
    }

    private static ByteRange Around(Signature mark) => new(mark.OffsetBytes / AroundMark * AroundMark, 2 * AroundMark);

    private static List<ByteRange> Merge(List<ByteRange> wanted, long diskBytes)
    {
        const long grain = 4096;
        var merged = new List<ByteRange>();
        foreach (var range in wanted.OrderBy(range => range.Offset))
        {
            var start = Math.Clamp(range.Offset / grain * grain, 0, diskBytes);
            var end = Math.Clamp((range.End + grain - 1) / grain * grain, 0, diskBytes);
            if (end <= start) continue;
            if (merged.Count > 0 && merged[^1].End >= start)
                merged[^1] = merged[^1] with { Length = Math.Max(merged[^1].End, end) - merged[^1].Offset };
            else
                merged.Add(new ByteRange(start, end - start));
        }
        return merged;
    }
}
