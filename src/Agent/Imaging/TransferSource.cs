using System.Security.Cryptography;
using System.Threading.Channels;
using Kronform.Provision.Agent.Watching;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Imaging;

/// <summary>Reads more bytes of the transferred file; 0 at its end.</summary>
internal delegate ValueTask<int> TransferReader(Memory<byte> into, CancellationToken cancellation);

/// <summary>A part of the transferred file; its memory goes back to the source when it was read.</summary>
internal readonly record struct Segment(byte[] Memory, int Length);

/// <summary>
/// Takes the file off the line, hashes it, and hands it on in order: taking and hashing are two threads' work, because on a fast
/// line each alone keeps one busy. At most <see cref="Segments"/> segments of <see cref="SegmentBytes"/> wait here.
/// </summary>
/// <param name="length">When known: fewer bytes are a failure, further bytes are not taken.</param>
internal sealed class TransferSource(TransferReader read, long? length, Vitals vitals)
{
    private const int SegmentBytes = 256 * 1024;
    private const int Segments = 16;

    private readonly Channel<Segment> _received = Channel.CreateUnbounded<Segment>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly Channel<Segment> _hashed = Channel.CreateUnbounded<Segment>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly Channel<byte[]> _free = FreeSegments();

    private readonly byte[] _tail = new byte[8];
    private long _bytesTaken;

    /// <summary>Bytes taken off the line; final once the reader saw the end.</summary>
    public long BytesTaken => Interlocked.Read(ref _bytesTaken);

    /// <summary>Of the whole file, where it is known before.</summary>
    public long? Length => length;

    /// <summary>SHA-256 of the whole file, lower-case hex; set before the reader sees the end.</summary>
    public string? Sha256 { get; private set; }

    /// <summary>The file's last eight bytes; complete once the reader saw the end.</summary>
    public ReadOnlySpan<byte> Tail => _tail;

    /// <summary>Hashed segments in order. Each is to be <see cref="Return"/>ed.</summary>
    public ChannelReader<Segment> Reader => _hashed.Reader;

    public void Return(byte[] memory) => _free.Writer.TryWrite(memory);

    /// <summary>Ends when the file does or nobody wants it any more; failures come out at the reader.</summary>
    public Task PumpAsync(CancellationToken cancellation) =>
        Task.WhenAll(Task.Run(() => TakeAsync(cancellation), CancellationToken.None), Task.Run(HashAsync, CancellationToken.None));

    private async Task TakeAsync(CancellationToken cancellation)
    {
        try
        {
            for (var atEnd = false; !atEnd;)
            {
                var memory = await _free.Reader.ReadAsync(cancellation);
                var filled = await FillAsync(memory, cancellation);
                atEnd = filled < memory.Length || BytesTaken == length;
                if (filled > 0) _received.Writer.TryWrite(new Segment(memory, filled));
            }
            if (length is { } expected && BytesTaken < expected)
                throw new AgentFailure(AgentFailureCodes.ImageUnavailable, $"Receiving the image: it broke off after {BytesTaken} of {expected} bytes");
            _received.Writer.Complete();
        }
        catch (Exception failure)
        {
            _received.Writer.Complete(failure);
        }
    }

    private async Task HashAsync()
    {
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await foreach (var segment in _received.Reader.ReadAllAsync())
            {
                var bytes = segment.Memory.AsSpan(0, segment.Length);
                hash.AppendData(bytes);
                KeepTail(bytes);
                _hashed.Writer.TryWrite(segment);
            }
            Sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
            _hashed.Writer.Complete();
        }
        catch (Exception failure)
        {
            _hashed.Writer.Complete(failure);
        }
    }

    private static Channel<byte[]> FreeSegments()
    {
        var free = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = false });
        for (var index = 0; index < Segments; index++) free.Writer.TryWrite(new byte[SegmentBytes]);
        return free;
    }

    private async Task<int> FillAsync(byte[] segment, CancellationToken cancellation)
    {
        var filled = 0;
        while (filled < segment.Length)
        {
            var wanted = (int)Math.Min(segment.Length - filled, (length ?? long.MaxValue) - BytesTaken);
            if (wanted == 0) break;
            int got;
            using (vitals.Source.Begin()) got = await read(segment.AsMemory(filled, wanted), cancellation);
            if (got == 0) break;
            filled += got;
            Interlocked.Add(ref _bytesTaken, got);
        }
        return filled;
    }

    private void KeepTail(ReadOnlySpan<byte> segment)
    {
        if (segment.Length >= _tail.Length)
        {
            segment[^_tail.Length..].CopyTo(_tail);
            return;
        }
        _tail.AsSpan(segment.Length).CopyTo(_tail);
        segment.CopyTo(_tail.AsSpan(_tail.Length - segment.Length));
    }
}
