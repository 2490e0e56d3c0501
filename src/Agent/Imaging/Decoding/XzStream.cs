using System.Runtime.InteropServices;

namespace Kronform.Provision.Agent.Imaging.Decoding;

/// <summary>
/// xz by the system's liblzma, which checks the blocks' and the index' checksums. Files of several blocks with sizes in
/// their headers (what <c>xz -T</c> writes, and so Talos's releases) are expanded by as many threads as there are processors
/// and <see cref="MemoryForThreads"/> has room for; others, and all with a liblzma before 5.4, by one.
/// </summary>
/// <remarks>
/// The threaded decoder of liblzma before 5.8.1 may crash on damaged input (CVE-2025-31115; Debian 12 has mended its 5.4.1). A crash
/// ends this process with the disk's table still withheld, so it costs a run and never a false success.
/// </remarks>
internal sealed unsafe class XzStream : ReadOnlyStream
{
    /// <summary><c>xz -9</c> needs 65 MiB to expand; more than this is no image for a rescue system.</summary>
    private const ulong MemoryLimit = 128 << 20;

    /// <summary>All threads together. liblzma counts less than it takes: with 128 MiB it took 150, and the process more than it promises.</summary>
    private const ulong MemoryForThreads = 88 << 20;

    private readonly TransferStream _transfer;
    private LibLzma.Coder* _coder;
    private ReadOnlyMemory<byte> _input;
    private bool _ended;

    /// <param name="threads">1 for the plain decoder.</param>
    public XzStream(TransferStream transfer, int threads)
    {
        _transfer = transfer;
        _coder = (LibLzma.Coder*)NativeMemory.AllocZeroed((nuint)sizeof(LibLzma.Coder));
        try
        {
            var result = Start(_coder, threads);
            if (result != LibLzma.Ok) throw ImageFormat.Unreadable($"liblzma does not start ({result})");
        }
        catch (DllNotFoundException absent)
        {
            throw ImageFormat.Unreadable($"it is compressed with xz, and this system has no {LibLzma.Library}", absent);
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
                _coder->NextIn = input;
                _coder->AvailableIn = (nuint)_input.Length;
                _coder->NextOut = output;
                _coder->AvailableOut = (nuint)buffer.Length;
                var result = LibLzma.Code(_coder, _input.IsEmpty ? LibLzma.Finish : LibLzma.Run);
                _input = _input[(_input.Length - (int)_coder->AvailableIn)..];
                _ended = result == LibLzma.StreamEnd;
                if (result is not (LibLzma.Ok or LibLzma.StreamEnd)) throw ImageFormat.Unreadable($"xz reports: {LibLzma.Describe(result)}");
                var put = buffer.Length - (int)_coder->AvailableOut;
                if (put > 0) return put;
            }
        }
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (_coder is not null)
        {
            if (_coder->Internal is not null) LibLzma.End(_coder);
            NativeMemory.Free(_coder);
        }
        _coder = null;
        base.Dispose(disposing);
    }

    private static int Start(LibLzma.Coder* coder, int threads)
    {
        if (threads > 1)
        {
            try
            {
                var options = new LibLzma.Threading
                {
                    Flags = LibLzma.Concatenated,
                    Threads = (uint)threads,
                    MemoryForThreads = MemoryForThreads,
                    MemoryLimit = MemoryLimit,
                };
                return LibLzma.ThreadedStreamDecoder(coder, &options);
            }
            catch (EntryPointNotFoundException)
            {
                // A liblzma before 5.4.
            }
        }
        return LibLzma.StreamDecoder(coder, MemoryLimit, LibLzma.Concatenated);
    }
}
