using System.Security.Cryptography;
using System.Threading.Channels;
using Kronform.Provision.Agent.Watching;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Imaging;

/// <summary>Reads more bytes of the transferred file; 0 at its end.</summary>
internal delegate ValueTask<int> TransferReader(Memory<byte> into, CancellationToken cancellation);

/// <summary>
/// Takes the file off the line on its own thread, hashes it, and hands it on in order. At most
/// <see cref="SegmentBytes"/> × (<see cref="Segments"/> + 2) bytes wait here.
/// </summary>
/// <param name="length">When known: fewer bytes are a failure, further bytes are not taken.</param>
internal sealed class TransferSource(TransferReader read, long? length, Vitals vitals)
{
    private const int SegmentBytes = 64 * 1024;
    private const int Segments = 64;

    private readonly Channel<byte[]> _segments = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(Segments) { SingleReader = true, SingleWriter = true });

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

    public ChannelReader<byte[]> Reader => _segments.Reader;

    /// <summary>Ends when the file does or nobody wants it any more; failures come out at the reader.</summary>
    public async Task PumpAsync(CancellationToken cancellation)
    {
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (var atEnd = false; !atEnd;)
            {
                var segment = new byte[SegmentBytes];
                var filled = await FillAsync(segment, cancellation);
                atEnd = filled < segment.Length || BytesTaken == length;
                if (filled < segment.Length) Array.Resize(ref segment, filled);
                if (filled == 0) continue;
                hash.AppendData(segment);
                KeepTail(segment);
                await _segments.Writer.WriteAsync(segment, cancellation);
            }
            if (length is { } expected && BytesTaken < expected)
                throw new AgentFailure(AgentFailureCodes.ImageUnavailable, $"Receiving the image: it broke off after {BytesTaken} of {expected} bytes");
            Sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
            _segments.Writer.Complete();
        }
        catch (Exception failure)
        {
            _segments.Writer.Complete(failure);
        }
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
