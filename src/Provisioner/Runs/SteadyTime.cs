namespace Kronform.Provision.Runs;

/// <summary>
/// A clock that nobody sets: the time of day at its begin, and what has been measured since. A run's deadlines must not pass all
/// at once, nor never, because NTP corrected the time of day in the middle of a boot. For certificates and for what several
/// processes share, the time of day is the right one.
/// </summary>
public sealed class SteadyTime(TimeProvider inner) : TimeProvider
{
    private readonly DateTimeOffset _began = inner.GetUtcNow();
    private readonly long _timestamp = inner.GetTimestamp();

    public override long TimestampFrequency => inner.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => _began + inner.GetElapsedTime(_timestamp);

    public override long GetTimestamp() => inner.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => inner.CreateTimer(callback, state, dueTime, period);
}
