using System.Buffers.Binary;
using System.IO.Compression;

namespace Kronform.Provision.Agent.Imaging.Decoding;

/// <summary>
/// gzip by the runtime, which stops at the end of the data without asking whether that was the end of the file, and takes a
/// cut file for a short one. So the trailer is checked here: the file's last eight bytes must be the checksum and length
/// of everything that came out. That refuses cuts, trailing bytes, and also files of several members.
/// </summary>
internal sealed class GzipStream(TransferStream transfer) : ReadOnlyStream
{
    private readonly GZipStream _gzip = new(transfer, CompressionMode.Decompress, leaveOpen: true);
    private uint _crc;
    private uint _length;
    private bool _ended;

    public override int Read(Span<byte> buffer)
    {
        if (_ended || buffer.IsEmpty) return 0;
        var got = Expand(buffer);
        if (got > 0)
        {
            _crc = Crc32.Append(_crc, buffer[..got]);
            _length = unchecked(_length + (uint)got);
            return got;
        }

        while (!transfer.ReadSegment().IsEmpty)
        {
        }
        var tail = transfer.Source.Tail;
        if (BinaryPrimitives.ReadUInt32LittleEndian(tail) != _crc || BinaryPrimitives.ReadUInt32LittleEndian(tail[4..]) != _length)
            throw ImageFormat.Unreadable("its gzip data is cut short, or other bytes follow it");
        _ended = true;
        return 0;
    }

    private int Expand(Span<byte> buffer)
    {
        try
        {
            return _gzip.Read(buffer);
        }
        catch (InvalidDataException damage)
        {
            throw ImageFormat.Unreadable("its gzip data is damaged", damage);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _gzip.Dispose();
        base.Dispose(disposing);
    }
}
