namespace Kronform.Provision.Testing;

/// <summary>
/// A clock that moves only when told. Drives <c>Task.Delay</c>, timed token sources, <c>PeriodicTimer</c> and everything else that
/// takes its timers from a <see cref="TimeProvider"/>. Timers fire in order, each with the clock at its own due time.
/// </summary>
public sealed class ManualTime(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = start;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ManualTime() : this(new DateTimeOffset(2026, 9, 8, 12, 0, 0, TimeSpan.Zero))
    {
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _now;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock, firing what becomes due on the way, also what is set meanwhile.</summary>
    public void Advance(TimeSpan by)
    {
        var end = GetUtcNow() + by;
        while (TakeDue(end) is { } timer)
            timer.Fire();
    }

    /// <summary>
    /// Lets work that waits on this clock run to its end: whenever it sets a timer of less than <paramref name="below"/>, the clock
    /// is moved to that timer. Longer timers (time limits around real input and output) stay unfired until the clock passes them.
    /// </summary>
    /// <exception cref="TimeoutException">The work did not end within 30 s of real time; the message lists the timers it waits on.</exception>
    public async Task<T> RunAsync<T>(Task<T> work, TimeSpan below, CancellationToken cancellation)
    {
        var deadline = Task.Delay(TimeSpan.FromSeconds(30), System, cancellation);
        while (!work.IsCompleted)
        {
            var (changed, due) = Next(below);
            if (due is { } until)
                Advance(until - GetUtcNow());
            else if (await Task.WhenAny(work, changed, deadline) == deadline)
                throw new TimeoutException($"The work did not end; it waits on {Describe()}.");
        }

        return await work;
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    public Task RunAsync(Task work, TimeSpan below, CancellationToken cancellation) =>
        RunAsync(Completed(work), below, cancellation);

    /// <summary>Waits (in real time, at most 30 s) until at least this many timers are set.</summary>
    public async Task TimersSetAsync(int count, CancellationToken cancellation)
    {
        var deadline = Task.Delay(TimeSpan.FromSeconds(30), System, cancellation);
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_timers.Count >= count)
                    return;
                changed = _changed.Task;
            }

            if (await Task.WhenAny(changed, deadline) == deadline)
                throw new TimeoutException($"Fewer than {count} timers are set: {Describe()}.");
        }
    }

    private static async Task<bool> Completed(Task work)
    {
        await work;
        return true;
    }

    private (Task Changed, DateTimeOffset? Due) Next(TimeSpan below)
    {
        lock (_gate)
            return (_changed.Task, _timers.Where(t => t.Length < below).Min(t => (DateTimeOffset?)t.Due));
    }

    private string Describe()
    {
        lock (_gate)
            return _timers.Count == 0 ? "no timer" : string.Join(", ", _timers.Select(t => $"a timer of {t.Length} due in {t.Due - _now}"));
    }

    private ManualTimer? TakeDue(DateTimeOffset end)
    {
        lock (_gate)
        {
            var timer = _timers.Where(t => t.Due <= end).MinBy(t => t.Due);
            _now = timer is null ? end : timer.Due > _now ? timer.Due : _now;
            if (timer is null)
                return null;
            if (timer.Period > TimeSpan.Zero)
                timer.Due += timer.Period;
            else
                _timers.Remove(timer);
            return timer;
        }
    }

    private sealed class ManualTimer(ManualTime time, Action fire) : ITimer
    {
        public DateTimeOffset Due { get; set; }
        public TimeSpan Length { get; private set; }
        public TimeSpan Period { get; private set; }

        // Outside the lock: what a timer wakes may set the next one.
        public void Fire() => fire();

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            TaskCompletionSource changed;
            lock (time._gate)
            {
                time._timers.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = time._now + dueTime;
                    Length = dueTime;
                    Period = period == Timeout.InfiniteTimeSpan ? TimeSpan.Zero : period;
                    time._timers.Add(this);
                }

                changed = time._changed;
                time._changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            changed.SetResult();
            return true;
        }

        public void Dispose()
        {
            lock (time._gate)
                time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
