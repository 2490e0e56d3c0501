using System.Text;

namespace Kronform.Provision.Agent.Imaging.Decoding;

/// <summary>
/// The single member <c>disk.raw</c> of a tar file, which is how some clouds' images are packed. A second member, another name
/// or a sparse member is refused: guessing which bytes are meant for the disk is not this program's business.
/// </summary>
internal sealed class TarMemberStream : ReadOnlyStream
{
    private const int Block = 512;
    private const string Member = "disk.raw";

    private readonly Stream _tar;
    private long _left;
    private readonly long _padding;
    private bool _ended;

    private TarMemberStream(Stream tar, long size)
    {
        _tar = tar;
        _left = size;
        _padding = (Block - size % Block) % Block;
    }

    /// <summary>The stream itself when it is no tar file.</summary>
    public static Stream UnwrapIfTar(Stream stream)
    {
        var header = new byte[Block];
        var got = stream.ReadAtLeast(header, Block, throwOnEndOfStream: false);
        var isTar = got == Block && header.AsSpan(257, 5).SequenceEqual("ustar"u8);
        if (!isTar) return new PrefixedStream(header[..got], stream);

        var name = Encoding.UTF8.GetString(header, 0, 100).TrimEnd('\0');
        if (name is not (Member or "./" + Member) || header[156] is not ((byte)'0' or 0))
            throw ImageFormat.Unreadable($"the tar file in it does not begin with a plain file {Member}");
        return new TarMemberStream(stream, SizeOf(header.AsSpan(124, 12)));
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || _ended) return 0;
        if (_left > 0)
        {
            var got = _tar.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
            if (got == 0) throw ImageFormat.Unreadable($"the tar file ends in the middle of {Member}");
            _left -= got;
            return got;
        }
        CheckRest();
        _ended = true;
        return 0;
    }

    /// <summary>After the padding only zero blocks may follow; anything else would be a second member.</summary>
    private void CheckRest()
    {
        var skip = new byte[_padding];
        if (_tar.ReadAtLeast(skip, skip.Length, throwOnEndOfStream: false) < skip.Length)
            throw ImageFormat.Unreadable($"the tar file ends in the padding after {Member}");
        var rest = new byte[16 * 1024];
        long zeros = 0;
        for (int got; (got = _tar.Read(rest)) > 0; zeros += got)
            if (rest.AsSpan(0, got).IndexOfAnyExcept((byte)0) >= 0) throw ImageFormat.Unreadable($"the tar file holds more than {Member}");
        if (zeros < 2 * Block) throw ImageFormat.Unreadable("the tar file has no end mark");
    }

    /// <summary>Octal digits, or a big-endian number with the first bit set for sizes that octal cannot write.</summary>
    private static long SizeOf(ReadOnlySpan<byte> field)
    {
        long size = 0;
        if ((field[0] & 0x80) != 0)
        {
            foreach (var value in field[4..]) size = (size << 8) | value;
        }
        else
        {
            foreach (var digit in field)
                if (digit is >= (byte)'0' and <= (byte)'7') size = size * 8 + (digit - '0');
        }
        return size > 0 ? size : throw ImageFormat.Unreadable($"{Member} in the tar file has no size");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _tar.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>Puts bytes that were looked at back in front.</summary>
internal sealed class PrefixedStream(byte[] prefix, Stream rest) : ReadOnlyStream
{
    private int _at;

    public override int Read(Span<byte> buffer)
    {
        if (_at == prefix.Length) return rest.Read(buffer);
        var part = Math.Min(buffer.Length, prefix.Length - _at);
        prefix.AsSpan(_at, part).CopyTo(buffer);
        _at += part;
        return part;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) rest.Dispose();
        base.Dispose(disposing);
    }
}
