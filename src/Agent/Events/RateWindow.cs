namespace Kronform.Provision.Agent.Events;

/// <summary>A step's speed over the last seconds, and how long it still takes. Times are since the step began.</summary>
internal sealed class RateWindow
{
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(5);

    private readonly Queue<(TimeSpan At, long Out, long Done)> _samples = new([(TimeSpan.Zero, 0L, 0L)]);

    /// <param name="out">Bytes to or from the disk so far.</param>
    /// <param name="done">Bytes so far of what <paramref name="total"/> counts.</param>
    /// <returns>Bytes per second, and whole seconds until <paramref name="total"/>, each null when it cannot be said.</returns>
    public (long? BytesPerSecond, long? EtaSeconds) Add(TimeSpan now, long @out, long done, long? total)
    {
        _samples.Enqueue((now, @out, done));
        // One sample from before the window stays: the first in it says nothing about the time until it.
        while (_samples.Count > 2 && now - _samples.ElementAt(1).At >= Length) _samples.Dequeue();
        var (at, outThen, doneThen) = _samples.Peek();
        var seconds = (now - at).TotalSeconds;
        if (seconds <= 0) return (null, null);

        var moving = done > doneThen;
        long? eta = total is null ? null
            : done >= total ? 0
            : moving ? (long)Math.Ceiling((total.Value - done) * now.TotalSeconds / done)
            : null;
        return ((long)((@out - outThen) / seconds), eta);
    }
}
