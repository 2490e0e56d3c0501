using System.Buffers.Binary;

namespace Kronform.Provision.Images;

/// <summary>
/// Expanded size of a zstd file from its frame and block headers (RFC 8878), without expanding it: a check that the image fits is
/// then possible before anything is written.
/// </summary>
internal static class ZstdLength
{
    private const uint FrameMagic = 0xFD2FB528;
    private const uint SkippableMagic = 0x184D2A50;

    /// <summary>Null when a frame does not state its size, or the file is cut or is no zstd; the writer finds out about those.</summary>
    public static long? Read(Stream stream)
    {
        long total = 0;
        stream.Position = 0;
        try
        {
            while (stream.Position < stream.Length)
            {
                var magic = ReadLittleEndian(stream, 4);
                if ((magic & 0xFFFFFFF0) == SkippableMagic)
                {
                    Skip(stream, (long)ReadLittleEndian(stream, 4));
                    continue;
                }

                if (magic != FrameMagic || ReadFrame(stream) is not { } size) return null;
                total = checked(total + size);
            }

            return total;
        }
        catch (Exception error) when (error is EndOfStreamException or OverflowException)
        {
            return null;
        }
    }

    private static long? ReadFrame(Stream stream)
    {
        var descriptor = (int)ReadLittleEndian(stream, 1);
        var singleSegment = (descriptor & 0x20) != 0;
        if (!singleSegment) Skip(stream, 1);
        Skip(stream, (descriptor & 3) switch { 0 => 0, 1 => 1, 2 => 2, _ => 4 });

        long? size = (descriptor >> 6) switch
        {
            0 => singleSegment ? (long)ReadLittleEndian(stream, 1) : null,
            1 => (long)ReadLittleEndian(stream, 2) + 256,
            2 => (long)ReadLittleEndian(stream, 4),
            _ => checked((long)ReadLittleEndian(stream, 8)),
        };

        uint block;
        do
        {
            block = (uint)ReadLittleEndian(stream, 3);
            // A run-length block (type 1) holds a single byte whatever its size says.
            Skip(stream, ((block >> 1) & 3) == 1 ? 1 : block >> 3);
        }
        while ((block & 1) == 0);

        if ((descriptor & 4) != 0) Skip(stream, 4);
        return size;
    }

    private static ulong ReadLittleEndian(Stream stream, int bytes)
    {
        Span<byte> buffer = stackalloc byte[8];
        buffer.Clear();
        stream.ReadExactly(buffer[..bytes]);
        return BinaryPrimitives.ReadUInt64LittleEndian(buffer);
    }

    private static void Skip(Stream stream, long bytes)
    {
        if (bytes > stream.Length - stream.Position) throw new EndOfStreamException();
        stream.Position += bytes;
    }
}
