using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Rescue;
using Kronform.Provision.Servers;
using Kronform.Provision.Ssh;

namespace Kronform.Provision.Runs.Acts;

/// <summary>
/// A write goes on without its connection. An operator who stops the run while that is lost, or as good as lost, wants the write
/// to end all the same, and is not to believe that it has when nobody could tell it.
/// </summary>
public static class LeftBehind
{
    /// <summary>For one look and one word; whoever stops a run is waiting.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    /// <summary>Whether a write of this run may be at work: begun, not known to have ended, and its machine not reset since.</summary>
    public static bool MayBe(RunRecord record) => record.BegunWrite is { Job: not null } begun && !(record.LastReset?.At > begun.At);

    /// <summary>Ends the write, if there is one.</summary>
    /// <param name="now">The operator does not want to wait for that either.</param>
    /// <returns>What to end the run with when the write may go on; null when it does not.</returns>
    public static async Task<ProvisionException?> EndAsync(NodeContext context, NodeObserver observer, CancellationToken now)
    {
        if (!MayBe(context.Record)) return null;
        var begun = context.Record.BegunWrite!;
        using var limit = new CancellationTokenSource(Patience, context.Services.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, now);
        Exception? cause = null;
        try
        {
            switch (await observer.ObserveAsync(either.Token))
            {
                case Observation.Rescue rescue when rescue.BootId != begun.BootId:
                    return null;
                case Observation.Rescue:
                    await EndAsync(context, new AgentLink(observer.Session!, context.Services.Agent, context.Services.Time), begun.Job!, either.Token);
                    return null;
            }
        }
        catch (Exception e) when (e is SshException or RobotException or ProvisionException or OperationCanceledException)
        {
            cause = e;
        }

        return new ProvisionException(FailureCode.Cancelled, $"The run was cancelled, but its write to the disk with {begun.Disk} could not be told: it may go on in the rescue system, to a disk that boots Talos",
            $"Run the same command again to go on with it, or end it in the rescue system: {AgentCall.RemotePath} cancel {begun.Job}.", cause);
    }

    private static async Task EndAsync(NodeContext context, AgentLink link, string id, CancellationToken cancellation)
    {
        if (!(await link.Jobs.ListAsync(cancellation)).Any(job => job.Id == id && job.Running)) return;
        var last = await link.Jobs.CancelAsync(id, cancellation);
        context.Note(last is AgentFailed failed ? $"the write in the rescue system was ended ({failed.Code})" : "the write in the rescue system had ended well before that");
    }
}
