using Kronform.Provision.Agent.Events;

namespace Kronform.Provision.Agent.Jobs;

/// <summary>The process of a job: the same run as with a connection, with a file for its output and a socket for its input.</summary>
internal static class JobWork
{
    /// <summary>
    /// Where progress and warnings end: two days of the one at two events a second. The pieces that are saved do not count; they are
    /// bounded by the disk's tables: 2 MiB for each partition and half a MiB for each mark, compressed; usually some 20 MiB.
    /// </summary>
    private const long MostLogBytes = 64 << 20;

    /// <param name="run">Carries a command out: its input, its output, and what cancels it.</param>
    public static async Task<int> RunAsync(
        AgentWorld world, JobFolder job, string order, Func<AgentInput, Stream, long, CancellationToken, Task<int>> run, CancellationToken cancellation)
    {
        using var held = job.TryTake() ?? throw new AgentFailure(Protocol.AgentFailureCodes.Busy, $"Job {job.Id} has its process already");
        await using var log = new FileStream(job.Events, new FileStreamOptions
        {
            // A log that is there is one that somebody has ended, who took this process for dead; it must not begin any more.
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            // Each event is one write, so that whoever reads sees it at once and whole.
            BufferSize = 0,
        });
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using var input = new JobInput(order, world.Time);
        await using var socket = new JobSocket(job.Socket, input, () => AgentApp.TryCancel(cancelled));
        return await run(new AgentInput(input), log, MostLogBytes, cancelled.Token);
    }
}
