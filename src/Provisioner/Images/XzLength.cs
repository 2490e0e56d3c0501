using System.Buffers.Binary;

namespace Kronform.Provision.Images;

/// <summary>Expanded size of an xz file from the index at the end of each of its streams (the .xz file format, sections 2.1.2 and 4).</summary>
internal static class XzLength
{
    private const int HeaderBytes = 12;
    private const int FooterBytes = 12;

    /// <summary>More records than an image of a terabyte in blocks of a MiB has: the file lies.</summary>
    private const int LongestIndex = 32 << 20;

    /// <summary>Null when the file is cut, damaged or no xz; the writer finds out about those.</summary>
    public static long? Read(Stream stream)
    {
        try
        {
            long total = 0;
            var end = stream.Length;
            while (end > 0)
            {
                end = WithoutPadding(stream, end);
                if (ReadStream(stream, end) is not var (begin, size)) return null;
                total = checked(total + size);
                end = begin;
            }

            return total;
        }
        catch (Exception error) when (error is EndOfStreamException or OverflowException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    private static long WithoutPadding(Stream stream, long end)
    {
        while (end >= 4 && Read(stream, end - 4, 4) is [0, 0, 0, 0]) end -= 4;
        return end;
    }

    private static (long Begin, long Size)? ReadStream(Stream stream, long end)
    {
        if (end < HeaderBytes + FooterBytes) return null;
        var footer = Read(stream, end - FooterBytes, FooterBytes);
        if (footer[10] != 'Y' || footer[11] != 'Z') return null;
        var indexBytes = (BinaryPrimitives.ReadUInt32LittleEndian(footer.AsSpan(4)) + 1L) * 4;
        var indexAt = end - FooterBytes - indexBytes;
        if (indexBytes > LongestIndex || indexAt < HeaderBytes) return null;

        var index = Read(stream, indexAt, (int)indexBytes);
        if (index[0] != 0) return null;
        var at = 1;
        var records = Number(index, ref at);
        long blocks = 0, size = 0;
        for (long record = 0; record < records; record++)
        {
            blocks = checked(blocks + ((Number(index, ref at) + 3) & ~3L));
            size = checked(size + Number(index, ref at));
        }

        var begin = indexAt - blocks - HeaderBytes;
        return begin >= 0 && Read(stream, begin, 6) is [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0] ? (begin, size) : null;
    }

    /// <summary>Seven bits a byte, the lowest first; at most nine bytes.</summary>
    private static long Number(byte[] bytes, ref int at)
    {
        long value = 0;
        for (var shift = 0; shift < 63; shift += 7)
        {
            var part = bytes[at++];
            value |= (long)(part & 0x7F) << shift;
            if ((part & 0x80) == 0) return value;
        }

        throw new OverflowException();
    }

    private static byte[] Read(Stream stream, long offset, int count)
    {
        var bytes = new byte[count];
        stream.Position = offset;
        stream.ReadExactly(bytes);
        return bytes;
    }
}
