namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>A clock on which every timer is due at once, and which shows the time that was waited for.</summary>
internal sealed class HurriedTime : TimeProvider
{
    private long _ticks;

    /// <summary>
    /// Which waits are over at once. Unless said otherwise not those of ten seconds and more, which are limits, longer than
    /// anything these tests wait for.
    /// </summary>
    public Func<TimeSpan, bool> Hurries { get; init; } = due => due < TimeSpan.FromSeconds(10);

    /// <summary>Called when somebody begins to wait, after the clock moved on.</summary>
    public Action? OnWait { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        // Periodic timers are progress reports here.
        if (period > TimeSpan.Zero || !Hurries(dueTime)) return System.CreateTimer(_ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Interlocked.Add(ref _ticks, dueTime.Ticks);
        OnWait?.Invoke();
        return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
