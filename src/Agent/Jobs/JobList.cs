using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Jobs;

/// <summary>Looks at every job of this boot.</summary>
internal static class JobList
{
    public static async Task<JobsListed> ReadAsync(AgentWorld world, CancellationToken cancellation)
    {
        using var guard = await JobFolder.GuardAsync(world, cancellation);
        var jobs = new List<AgentJob>();
        foreach (var job in JobFolder.All(world.Roots)) jobs.Add(await LookAsync(world, job, cancellation));
        return new JobsListed { Jobs = jobs };
    }

    private static async Task<AgentJob> LookAsync(AgentWorld world, JobFolder job, CancellationToken cancellation)
    {
        var dead = JobEnd.CloseIfDeadGuarded(job);
        bool running;
        using (var held = job.TryTake()) running = held is null;
        var command = "";
        var (log, last) = JobLogReader.ReadAll(job.Events, each => { if (each is AgentStarted started) command = started.Command; });
        log.Dispose();
        var outcome = last is { IsTerminal: true } ? last : dead;
        return new AgentJob(job.Id, command, running, running ? await JobSocket.WatchersAsync(job, world.Time, cancellation) : 0, log.Lines, outcome);
    }
}
