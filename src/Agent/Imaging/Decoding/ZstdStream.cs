using System.Runtime.InteropServices;

namespace Kronform.Provision.Agent.Imaging.Decoding;

/// <summary>Zstandard by the system's libzstd, which Debian's package tools need and so every rescue system has.</summary>
internal sealed unsafe partial class ZstdStream : ReadOnlyStream
{
    private const string Library = "libzstd.so.1";
    private const int WindowLogMax = 100;

    /// <summary>128 MiB: what <c>zstd</c> itself accepts unasked. Frames made with <c>--long=28</c> and more are refused.</summary>
    private const int LargestWindowLog = 27;

    private readonly TransferStream _transfer;
    private nint _context;
    private ReadOnlyMemory<byte> _input;
    private bool _betweenFrames;

    public ZstdStream(TransferStream transfer)
    {
        _transfer = transfer;
        try
        {
            _context = ZSTD_createDCtx();
        }
        catch (DllNotFoundException absent)
        {
            throw ImageFormat.Unreadable($"it is compressed with zstd, and this system has no {Library}", absent);
        }
        _ = ZSTD_DCtx_setParameter(_context, WindowLogMax, LargestWindowLog);
    }

    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            if (_input.IsEmpty) _input = _transfer.ReadSegment();
            var atEnd = _input.IsEmpty;
            if (atEnd && _betweenFrames) return 0;

            fixed (byte* output = buffer)
            fixed (byte* input = _input.Span)
            {
                var to = new Buffer { Start = output, Size = (nuint)buffer.Length };
                var from = new Buffer { Start = input, Size = (nuint)_input.Length };
                var result = ZSTD_decompressStream(_context, ref to, ref from);
                if (ZSTD_isError(result) != 0)
                    throw ImageFormat.Unreadable($"zstd reports: {Marshal.PtrToStringUTF8(ZSTD_getErrorName(result))}");
                _input = _input[(int)from.Position..];
                // Zero only when a frame is complete and all of it was handed out.
                _betweenFrames = result == 0;
                if (to.Position > 0) return (int)to.Position;
                if (atEnd && !_betweenFrames) throw ImageFormat.Unreadable("it ends in the middle of its zstd data");
            }
        }
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (_context != 0) _ = ZSTD_freeDCtx(_context);
        _context = 0;
        base.Dispose(disposing);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Buffer
    {
        public byte* Start;
        public nuint Size;
        public nuint Position;
    }

    [LibraryImport(Library)]
    private static partial nint ZSTD_createDCtx();

    [LibraryImport(Library)]
    private static partial nuint ZSTD_freeDCtx(nint context);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_DCtx_setParameter(nint context, int parameter, int value);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_decompressStream(nint context, ref Buffer output, ref Buffer input);

    [LibraryImport(Library)]
    private static partial uint ZSTD_isError(nuint result);

    [LibraryImport(Library)]
    private static partial nint ZSTD_getErrorName(nuint result);
}
