using System.Runtime.InteropServices;

namespace Kronform.Provision.Agent.Imaging.Decoding;

/// <summary>xz by the system's liblzma, which checks the blocks' and the index' checksums.</summary>
internal sealed unsafe partial class XzStream : ReadOnlyStream
{
    private const string Library = "liblzma.so.5";
    private const uint Concatenated = 8;
    private const int Run = 0;
    private const int Finish = 3;
    private const int Ok = 0;
    private const int StreamEnd = 1;

    /// <summary><c>xz -9</c> needs 65 MiB to expand; more than this is no image for a rescue system.</summary>
    private const ulong MemoryLimit = 128 << 20;

    private readonly TransferStream _transfer;
    private Lzma* _lzma;
    private ReadOnlyMemory<byte> _input;
    private bool _ended;

    public XzStream(TransferStream transfer)
    {
        _transfer = transfer;
        _lzma = (Lzma*)NativeMemory.AllocZeroed((nuint)sizeof(Lzma));
        try
        {
            var result = lzma_stream_decoder(_lzma, MemoryLimit, Concatenated);
            if (result != Ok) throw ImageFormat.Unreadable($"liblzma does not start ({result})");
        }
        catch (DllNotFoundException absent)
        {
            throw ImageFormat.Unreadable($"it is compressed with xz, and this system has no {Library}", absent);
        }
    }

    public override int Read(Span<byte> buffer)
    {
        while (!_ended && !buffer.IsEmpty)
        {
            if (_input.IsEmpty) _input = _transfer.ReadSegment();
            fixed (byte* output = buffer)
            fixed (byte* input = _input.Span)
            {
                _lzma->NextIn = input;
                _lzma->AvailableIn = (nuint)_input.Length;
                _lzma->NextOut = output;
                _lzma->AvailableOut = (nuint)buffer.Length;
                var result = lzma_code(_lzma, _input.IsEmpty ? Finish : Run);
                _input = _input[(_input.Length - (int)_lzma->AvailableIn)..];
                _ended = result == StreamEnd;
                if (result is not (Ok or StreamEnd)) throw ImageFormat.Unreadable($"xz reports: {Describe(result)}");
                var put = buffer.Length - (int)_lzma->AvailableOut;
                if (put > 0) return put;
            }
        }
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (_lzma is not null)
        {
            if (_lzma->Internal is not null) lzma_end(_lzma);
            NativeMemory.Free(_lzma);
        }
        _lzma = null;
        base.Dispose(disposing);
    }

    private static string Describe(int result) => result switch
    {
        6 => "it needs more memory than is allowed",
        7 => "other bytes follow it, or it is no xz file",
        8 => "unsupported options",
        9 => "damaged data",
        10 => "it ends in the middle of its data",
        _ => $"error {result}",
    };

    /// <summary><c>lzma_stream</c> of lzma/base.h, with room for its reserved fields.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Lzma
    {
        public byte* NextIn;
        public nuint AvailableIn;
        public ulong TotalIn;
        public byte* NextOut;
        public nuint AvailableOut;
        public ulong TotalOut;
        public void* Allocator;
        public void* Internal;
        public fixed ulong Reserved[16];
    }

    [LibraryImport(Library)]
    private static partial int lzma_stream_decoder(Lzma* stream, ulong memoryLimit, uint flags);

    [LibraryImport(Library)]
    private static partial int lzma_code(Lzma* stream, int action);

    [LibraryImport(Library)]
    private static partial void lzma_end(Lzma* stream);
}
