using System.Diagnostics;
using System.Runtime.InteropServices;
using Kronform.Provision.Runs;

namespace Kronform.Provision.Faults.Product;

/// <summary>
/// Kills this process by SIGKILL at an entry of the journal: right before it is written, or, once it is on the disk, before
/// anything that follows: whatever a run does next looks at the clock or at the far machine first.
/// </summary>
/// <param name="entry">Counted over this process, from 1.</param>
/// <param name="after">Once it is on the disk.</param>
internal sealed partial class Death(int entry, bool after)
{
    private const int Sigkill = 9;
    private int _entries;

    /// <summary>Called at every look at the clock.</summary>
    public void Look()
    {
        if (after && Volatile.Read(ref _entries) >= entry && !IsAppending()) Now();
        if (Volatile.Read(ref _entries) < entry && IsAppending() && Interlocked.Increment(ref _entries) == entry && !after) Now();
    }

    /// <summary>Called before anything is asked of the far machine.</summary>
    public void Act()
    {
        if (after && Volatile.Read(ref _entries) >= entry) Now();
    }

    public static void Now()
    {
        _ = Kill(Environment.ProcessId, Sigkill);
        Wait();
    }

    /// <summary>Never returns.</summary>
    public static void Wait() => Thread.CurrentThread.Join();

    private static bool IsAppending() =>
        new StackTrace(2, fNeedFileInfo: false).GetFrames().Take(6).Any(f => f.GetMethod() is { Name: "Append" } m && m.DeclaringType == typeof(JournalFile));

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}

internal sealed class MortalTime(TimeProvider inner, Death death) : TimeProvider
{
    public override long TimestampFrequency => inner.TimestampFrequency;

    public override DateTimeOffset GetUtcNow()
    {
        death.Look();
        return inner.GetUtcNow();
    }

    public override long GetTimestamp()
    {
        death.Look();
        return inner.GetTimestamp();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        death.Look();
        return inner.CreateTimer(callback, state, dueTime, period);
    }
}
