using Kronform.Provision.Faults.World;

namespace Kronform.Provision.Faults.Product;

/// <summary>
/// The product's clock. Where the product pauses (<c>Task.Delay</c>), it sleeps a fraction and the clock leaps to the pause's end, so
/// that eight minutes of waiting for a rescue system take a second. Limits of calls run in real time, or
/// <paramref name="deadlines"/> times as fast: what they measure is real work.
/// </summary>
/// <param name="speed">By what a pause is shortened.</param>
internal sealed class LeapingTime(SharedClock clock, double speed, double deadlines) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    private TimeSpan Ahead => clock.Ahead;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead + clock.Skew;

    public override long GetTimestamp() => System.GetElapsedTime(0).Ticks + Ahead.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        // A delay's timer is its promise's; one of a token source, or of WaitAsync, is a limit.
        if (state?.GetType().Name.StartsWith("DelayPromise", StringComparison.Ordinal) != true || dueTime <= TimeSpan.Zero)
            return deadlines == 1 ? System.CreateTimer(callback, state, dueTime, period) : new FastTimer(callback, state, dueTime, period, deadlines);
        var begun = System.GetTimestamp();
        var due = Ahead + dueTime;
        return System.CreateTimer(s =>
        {
            clock.AtLeast(due - System.GetElapsedTime(begun));
            callback(s);
        }, state, dueTime / speed, Timeout.InfiniteTimeSpan);
    }

    private sealed class FastTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period, double by) : ITimer
    {
        private readonly ITimer _timer = System.CreateTimer(callback, state, Fast(dueTime, by), Fast(period, by));

        public bool Change(TimeSpan dueTime, TimeSpan period) => _timer.Change(Fast(dueTime, by), Fast(period, by));

        public void Dispose() => _timer.Dispose();

        public ValueTask DisposeAsync() => _timer.DisposeAsync();

        private static TimeSpan Fast(TimeSpan span, double by) => span == Timeout.InfiniteTimeSpan ? span : span / by;
    }
}
