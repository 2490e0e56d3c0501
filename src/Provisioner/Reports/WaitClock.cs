namespace Kronform.Provision.Reports;

/// <summary>Whom a command can wait for.</summary>
public enum FarSide
{
    /// <summary>The machine itself: firmware, a system that boots, a node that joins. Nobody is asked meanwhile.</summary>
    Machine,

    Robot,
    Talos,
    Ssh,

    /// <summary>The agent's command, which runs over SSH: that time is not SSH's.</summary>
    Agent,
}

/// <summary>
/// Adds up the time in which one node's run waits for something that is not this program. Calls to the far sides open a span on the
/// clock of the run they belong to; spans may overlap and nest, and every moment counts once, for the last side of
/// <see cref="FarSide"/> that is being waited for. So these times and the program's own make the whole.
/// </summary>
public sealed class WaitClock
{
    /// <summary>The run a call belongs to: the far sides' clients are shared by all runs of a command and know none of them.</summary>
    private static readonly AsyncLocal<WaitClock?> Ambient = new();

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _before;
    private readonly long _started;
    private readonly int[] _open = new int[Enum.GetValues<FarSide>().Length];
    private readonly TimeSpan[] _waited = new TimeSpan[Enum.GetValues<FarSide>().Length];
    private long _since;

    private WaitClock(TimeProvider time, TimeSpan before)
    {
        (_time, _before) = (time, before);
        _started = _since = time.GetTimestamp();
    }

    /// <summary>A clock for what the caller, and everything it calls and awaits, does from now on.</summary>
    /// <param name="time">Measures.</param>
    /// <param name="before">Time the command had spent by now, all of it its own.</param>
    public static WaitClock Begin(TimeProvider time, TimeSpan before) => Ambient.Value = new WaitClock(time, before);

    /// <summary>A span that lasts until it is disposed; nothing outside of a run that has a clock.</summary>
    public static Span On(FarSide side)
    {
        var clock = Ambient.Value;
        clock?.Change(side, +1);
        return new Span(clock, side);
    }

    public CommandTime Read()
    {
        lock (_gate)
        {
            Settle();
            return new CommandTime(
                _before + _time.GetElapsedTime(_started, _since),
                [.. Enum.GetValues<FarSide>().Where(s => _waited[(int)s] > TimeSpan.Zero).Select(s => new WaitTime(s, _waited[(int)s]))]);
        }
    }

    private void Change(FarSide side, int by)
    {
        lock (_gate)
        {
            Settle();
            _open[(int)side] += by;
        }
    }

    private void Settle()
    {
        long now = _time.GetTimestamp();
        int side = Array.FindLastIndex(_open, count => count > 0);
        if (side >= 0) _waited[side] += _time.GetElapsedTime(_since, now);
        _since = now;
    }

    public readonly struct Span : IDisposable
    {
        private readonly WaitClock? _clock;
        private readonly FarSide _side;

        internal Span(WaitClock? clock, FarSide side) => (_clock, _side) = (clock, side);

        public void Dispose() => _clock?.Change(_side, -1);
    }
}

public sealed record WaitTime(FarSide Side, TimeSpan Elapsed);

/// <summary>Where a command's time went.</summary>
/// <param name="Total">From the start of the process.</param>
/// <param name="Waiting">For each far side that was waited for at all; no moment counts twice.</param>
public sealed record CommandTime(TimeSpan Total, IReadOnlyList<WaitTime> Waiting)
{
    /// <summary>What this program took for itself.</summary>
    public TimeSpan Own => Total - TimeSpan.FromTicks(Waiting.Sum(w => w.Elapsed.Ticks));

    /// <summary>Time this process has been alive by the wall clock; zero when that clock was set back meanwhile.</summary>
    public static TimeSpan OfProcess(TimeProvider time)
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        var alive = time.GetUtcNow() - new DateTimeOffset(process.StartTime);
        return alive > TimeSpan.Zero ? alive : TimeSpan.Zero;
    }
}
