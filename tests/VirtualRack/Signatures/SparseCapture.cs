using System.Buffers.Binary;
using System.IO.Compression;
using Kronform.Provision.VirtualRack.Disks;

namespace Kronform.Provision.VirtualRack.Signatures;

/// <summary>
/// Packs the parts of a disk that say what it is. The format, gzipped; numbers are little-endian: the eight bytes
/// "SPARSE1\n", the disk's size (8 bytes), then for each block of 4 KiB that is not zero throughout its offset (8 bytes) and its
/// content (less than 4 KiB at the very end of a disk). Everything else reads as zero.
/// </summary>
internal static class SparseCapture
{
    private const int BlockBytes = 4096;

    /// <param name="volumes">Start and size of the disk, which comes first, and of its partitions.</param>
    /// <returns>Size of the packed file in bytes.</returns>
    public static long Write(string disk, IReadOnlyList<(long Start, long Size)> volumes, string into)
    {
        // Shared for writing: a running machine holds the file open.
        using var file = File.OpenHandle(disk, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var size = RandomAccess.GetLength(file);
        byte[] Read(long offset, int count)
        {
            var bytes = new byte[Math.Min(count, size - offset)];
            RandomAccess.Read(file, bytes, offset);
            return bytes;
        }

        var data = SparseFile.Data(file).ToList();
        var offsets = new SortedSet<long>();
        foreach (var (start, end) in KeptPlaces.Of(volumes, Read))
            foreach (var (from, to) in data.Select(d => (Math.Max(d.Start / BlockBytes * BlockBytes, start), Math.Min(d.End, end))))
                for (var offset = from; offset < to; offset += BlockBytes)
                    offsets.Add(offset);

        using (var packed = new GZipStream(File.Create(into), CompressionLevel.SmallestSize))
        {
            packed.Write("SPARSE1\n"u8);
            Number(packed, size);
            foreach (var offset in offsets)
            {
                var block = Read(offset, BlockBytes);
                if (!block.AsSpan().ContainsAnyExcept((byte)0)) continue;
                Number(packed, offset);
                packed.Write(block);
            }
        }

        return new FileInfo(into).Length;
    }

    private static void Number(Stream stream, long value)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, value);
        stream.Write(number);
    }
}
