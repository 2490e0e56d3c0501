using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Rescue;

namespace Kronform.Provision.Runs.Acts;

/// <summary>Deals with jobs that are in the rescue system already.</summary>
public static class LeftJobs
{
    /// <summary>Goes on with, or takes the result of, the write that this run began before.</summary>
    /// <returns>False when there is none to go on with; none of this run is at work then.</returns>
    public static async Task<bool> FinishAsync(NodeContext context, AgentLink link, DiskDecision decision, CancellationToken cancellation)
    {
        bool clear = decision.Plan is { Chosen: not null, Problem: null } && PlanCheck.Allows(context, decision);
        var wanted = clear ? decision.Plan.Chosen : null;
        var othersHash = wanted is null ? null : PlanCheck.OthersHash(context, decision, wanted);
        switch (LeftJob.Judge(context.Record, await link.Jobs.ListAsync(cancellation), wanted?.Identity, othersHash))
        {
            case LeftJob.Join join:
                return await JoinAsync(context, link, join.Id, cancellation);
            case LeftJob.Take take:
                context.Append(new WriteRejoined(context.Record.BegunWrite!.Job!));
                context.Note("what an earlier connection began was written to its end while nobody listened");
                Writing.Done(context, take.Written, unwatched: true);
                return true;
            case LeftJob.End end:
                await EndAsync(context, link, end.Id, "it writes something else than what is wanted now", cancellation);
                return false;
            case LeftJob.Gone { Because: { } because }:
                context.Note(because);
                return false;
            default:
                return false;
        }
    }

    /// <summary>Ends the job that stands in the way of a new order, if that may be.</summary>
    public static async Task<bool> EndStaleAsync(NodeContext context, AgentLink link, CancellationToken cancellation)
    {
        var running = (await link.Jobs.ListAsync(cancellation)).Where(job => job.Running).ToArray();
        if (running.Any(job => !LeftJob.MayEnd(context.Record, job))) return false;
        foreach (var job in running)
            await EndAsync(context, link, job.Id, context.Record.Jobs.Contains(job.Id) ? "this run began it earlier" : "nobody listens to it", cancellation);
        return true;
    }

    private static async Task<bool> JoinAsync(NodeContext context, AgentLink link, string job, CancellationToken cancellation)
    {
        bool answered = context.Record.WipedKept;
        try
        {
            await Writing.RejoinAsync(context, link, job, cancellation);
            return true;
        }
        catch (ProvisionException e) when (LeftJob.BeginsAnew(e.Code, pushed: context.Services.Image.Path is not null, answered, cancellation.IsCancellationRequested))
        {
            context.Note($"what an earlier connection began has ended without it ({e.Message}); beginning anew");
            return false;
        }
    }

    private static async Task EndAsync(NodeContext context, AgentLink link, string job, string because, CancellationToken cancellation)
    {
        context.Note($"ending job {job} in the rescue system: {because}");
        var last = await link.Jobs.CancelAsync(job, cancellation);
        context.Note(last is AgentFailed failed ? $"job {job} has ended ({failed.Code})" : $"job {job} had ended well before that");
    }
}
