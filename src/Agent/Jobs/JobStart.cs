using Kronform.Provision.Agent.Events;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Jobs;

/// <summary>Starts a job, if no other one is at work.</summary>
internal static class JobStart
{
    /// <summary>Ended jobs that are kept for whoever wants to look. Their logs are memory.</summary>
    private const int MostKept = 4;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan BeginLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(20);

    /// <summary>Returns when the job can be reached, or has ended already.</summary>
    /// <exception cref="AgentFailure">Nothing was started.</exception>
    public static async Task<JobFolder> RunAsync(AgentWorld world, string id, string command, AgentInput input, CancellationToken cancellation)
    {
        var job = JobFolder.Of(world.Roots, id);
        var order = await input.ReadLineAsync(cancellation);
        using var guard = await JobFolder.GuardAsync(world, cancellation);
        if (job.Exists) throw new AgentFailure(AgentFailureCodes.BadOrder, $"There is a job {id} already");
        await EnsureNoneRunsAsync(world, cancellation);
        Prune(world);

        job.Create();
        // From here on it goes its own way, whatever becomes of this process.
        var ended = world.Jobs.Start(job, command, order);
        var since = world.Time.GetTimestamp();
        while (!ended.IsCompleted && !File.Exists(job.Socket) && world.Time.GetElapsedTime(since) < BeginLimit)
            await Task.WhenAny(ended, Task.Delay(Pace, world.Time, cancellation));
        return job;
    }

    /// <summary>A job that has said its last word is waited for: its process is about to go.</summary>
    private static async Task EnsureNoneRunsAsync(AgentWorld world, CancellationToken cancellation)
    {
        foreach (var other in JobFolder.All(world.Roots))
        {
            // One that has not begun, because its starter was killed in between, must not begin any more: its process ends at a log that
            // is there already. One that is merely slow has a starter, who has the guard.
            JobEnd.CloseIfDeadGuarded(other);
            var since = world.Time.GetTimestamp();
            while (!IsFree(other))
            {
                var (log, last) = JobLogReader.ReadAll(other.Events);
                log.Dispose();
                if (last is not { IsTerminal: true }) throw new AgentFailure(AgentFailureCodes.Busy, $"Job {other.Id} is at work on this machine");
                if (world.Time.GetElapsedTime(since) > EndLimit)
                    throw new AgentFailure(AgentFailureCodes.Busy, $"Job {other.Id} on this machine has said its last word, but its process does not go: it hangs in the kernel, over a disk that does not answer");
                await Task.Delay(Pace, world.Time, cancellation);
            }
        }
    }

    private static bool IsFree(JobFolder job)
    {
        using var held = job.TryTake();
        return held is not null;
    }

    private static void Prune(AgentWorld world)
    {
        foreach (var old in JobFolder.All(world.Roots).OrderByDescending(job => Directory.GetLastWriteTimeUtc(job.Path)).Skip(MostKept - 1))
            Directory.Delete(old.Path, recursive: true);
    }
}
