using System.Text;
using System.Threading.Channels;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Jobs;

/// <summary>
/// A job's standard input: the order, then what comes through one of the connections to it. Whichever sends something first is
/// taken, and its end is the end: an image cannot go on in another connection. One that ends without having sent anything is
/// as if it had not been.
/// </summary>
internal sealed class JobInput : Stream
{
    /// <summary>
    /// For the answer that what is wiped is kept. The Provisioner gives it within moments; this is for one that lost its
    /// connection and comes back. Until then the disk is held and untouched.
    /// </summary>
    public static readonly TimeSpan AnswerLimit = TimeSpan.FromMinutes(10);

    private const int SegmentBytes = 64 * 1024;
    private const int Segments = 16;

    private readonly Channel<ReadOnlyMemory<byte>> _segments =
        Channel.CreateBounded<ReadOnlyMemory<byte>>(new BoundedChannelOptions(Segments) { SingleReader = true, SingleWriter = true });
    private readonly TimeProvider _time;
    private ReadOnlyMemory<byte> _rest;
    private bool _began;
    private int _taken;

    public JobInput(string order, TimeProvider time)
    {
        _time = time;
        _rest = Encoding.UTF8.GetBytes(order + "\n");
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Reads one connection to its end.</summary>
    public async Task FeedAsync(Stream connection, CancellationToken cancellation)
    {
        var taken = false;
        try
        {
            while (true)
            {
                var segment = new byte[SegmentBytes];
                var got = await connection.ReadAsync(segment, cancellation);
                if (got == 0) return;
                taken = taken || Interlocked.Exchange(ref _taken, 1) == 0;
                if (taken) await _segments.Writer.WriteAsync(segment.AsMemory(0, got), cancellation);
            }
        }
        catch (IOException)
        {
            // As good as an end: what is missing shows where it is read.
        }
        finally
        {
            if (taken) _segments.Writer.TryComplete();
        }
    }

    /// <exception cref="AgentFailure">Nothing came at all within <see cref="AnswerLimit"/>.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_rest.IsEmpty)
        {
            if (!await WaitAsync(cancellationToken)) return 0;
            _began = true;
            _segments.Reader.TryRead(out _rest);
        }

        var part = Math.Min(buffer.Length, _rest.Length);
        _rest[..part].CopyTo(buffer);
        _rest = _rest[part..];
        return part;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private async Task<bool> WaitAsync(CancellationToken cancellation)
    {
        if (_began) return await _segments.Reader.WaitToReadAsync(cancellation);
        using var limit = new CancellationTokenSource(AnswerLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await _segments.Reader.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new AgentFailure(AgentFailureCodes.Cancelled, $"Nobody answered the job within {AnswerLimit.TotalMinutes:0} minutes, so it gave up");
        }
    }
}
