namespace Kronform.Provision.Contract.Tests.Runs;

/// <summary>The process was killed; nothing catches this.</summary>
internal sealed class KilledException() : Exception("killed");

/// <summary>
/// Everything a run does asks for the time: an entry of the journal its date, a call its deadline, a pause its timer. A clock that
/// throws from some look on kills the run there, and whatever it would still do on its way out.
/// </summary>
internal sealed class MortalTime : TimeProvider
{
    private int _left = -1;
    private bool _dead;

    /// <param name="looks">0 dies at the next one.</param>
    public void DieIn(int looks) => Volatile.Write(ref _left, looks);

    public override DateTimeOffset GetUtcNow()
    {
        Look();
        return base.GetUtcNow();
    }

    public override long GetTimestamp()
    {
        Look();
        return base.GetTimestamp();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Look();
        return base.CreateTimer(callback, state, dueTime, period);
    }

    private void Look()
    {
        if (Volatile.Read(ref _left) >= 0 && Interlocked.Decrement(ref _left) < 0) Volatile.Write(ref _dead, true);
        if (Volatile.Read(ref _dead)) throw new KilledException();
    }
}

/// <summary>A journal's clock, which arms the other at the given entry: 0 is the first that is appended through it.</summary>
internal sealed class JournalTime(MortalTime mortal, int entry, int looks) : TimeProvider
{
    private int _entries;

    public override DateTimeOffset GetUtcNow()
    {
        if (_entries++ == entry) mortal.DieIn(looks);
        return mortal.GetUtcNow();
    }
}
