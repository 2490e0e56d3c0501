using System.Threading.Channels;

namespace Kronform.Provision.Images;

/// <summary>
/// How many nodes are sent the image at once. Each gets it over the same uplink: two keep it busy while one of them verifies, and
/// more would only make every disk wait longer in its half-written state.
/// </summary>
public sealed class PushTurns
{
    public const int AtOnce = 2;

    private readonly Channel<int> _free = Channel.CreateUnbounded<int>();

    public PushTurns()
    {
        for (var turn = 0; turn < AtOnce; turn++) _free.Writer.TryWrite(turn);
    }

    /// <param name="onWait">Called when all turns are taken.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The turn, given back when disposed.</returns>
    public async Task<IDisposable> TakeAsync(Action onWait, CancellationToken cancellation)
    {
        if (_free.Reader.TryRead(out var turn)) return new Turn(_free.Writer, turn);
        onWait();
        return new Turn(_free.Writer, await _free.Reader.ReadAsync(cancellation));
    }

    private sealed class Turn(ChannelWriter<int> free, int turn) : IDisposable
    {
        private ChannelWriter<int>? _free = free;

        public void Dispose() => Interlocked.Exchange(ref _free, null)?.TryWrite(turn);
    }
}
