using Kronform.Provision.Runs;

namespace Kronform.Provision.Reports;

/// <summary>Adds up the time between phase starts. A phase that is entered again goes on where it stopped.</summary>
public sealed class PhaseClock(TimeProvider time)
{
    private readonly Dictionary<RunPhase, TimeSpan> _elapsed = [];
    private long _since;

    public RunPhase? Current { get; private set; }

    /// <summary>False when the phase was current already.</summary>
    public bool Enter(RunPhase phase)
    {
        if (Current == phase) return false;
        Settle();
        Current = phase;
        return true;
    }

    public IReadOnlyList<PhaseTime> Read()
    {
        Settle();
        return [.. _elapsed.OrderBy(p => p.Key).Select(p => new PhaseTime(p.Key, p.Value))];
    }

    private void Settle()
    {
        long now = time.GetTimestamp();
        if (Current is { } phase) _elapsed[phase] = _elapsed.GetValueOrDefault(phase) + time.GetElapsedTime(_since, now);
        _since = now;
    }
}
