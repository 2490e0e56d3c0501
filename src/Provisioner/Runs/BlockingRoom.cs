namespace Kronform.Provision.Runs;

/// <summary>
/// Threads for calls that block: a journal entry is flushed to its disk before anything happens, and a busy disk takes its time. With
/// as many threads as processors two such flushes stop every other node's run, since the pool adds threads only slowly.
/// </summary>
public static class BlockingRoom
{
    private const int Threads = 64;

    /// <summary>Once a process.</summary>
    public static void Make()
    {
        ThreadPool.GetMinThreads(out int workers, out int completions);
        if (workers < Threads) ThreadPool.SetMinThreads(Threads, completions);
    }
}
