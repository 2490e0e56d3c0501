using Kronform.Provision.Failures;
using Kronform.Provision.Reports;
using Kronform.Provision.Runs.Acts;
using Kronform.Provision.Runs.Joining;
using Kronform.Provision.Servers;
using Kronform.Provision.Ssh;
using Microsoft.Extensions.Logging;

namespace Kronform.Provision.Runs;

/// <summary>
/// Observe, decide, act, again, until the node is healthy or a person is needed. The loop holds no state of its own: killed
/// anywhere, the next one observes and goes on.
/// </summary>
public sealed class NodeRun(NodeContext context, bool knownNode)
{
    private readonly ILogger _log = context.Services.Logs.CreateLogger($"run.{context.Node.Name}");

    /// <summary>Returns the sentence that sums up a healthy node.</summary>
    /// <exception cref="ProvisionException">A person is needed.</exception>
    public async Task<string> ToHealthyAsync(StopTokens stop)
    {
        var cancellation = stop.Soon;
        await using var observer = new NodeObserver(context);
        var began = context.Now;
        var observedSince = began;
        string lastEvidence = "";
        Type? lastKind = null;
        DateTimeOffset? unknownSince = null;
        NextAction? underWay = null, decided = null;
        await using var told = stop.Soon.Register(() => context.Note(Stopping.Sentence(underWay, context.Clock.Current)));
        return await LinkPipeline.RunAsync(context, observer, LoopAsync, cancellation);

        async Task<string> LoopAsync()
        {
            while (true)
            {
                var observation = await observer.ObserveAsync(cancellation);
                if (observation.Evidence != lastEvidence)
                {
                    lastEvidence = observation.Evidence;
                    _log.LogInformation("Observed {Kind}: {Evidence}", observation.GetType().Name, observation.Evidence);
                }

                if (context.Boots is { } boots) await boots.SeeAsync(context, observation, began, cancellation);
                if (observation.GetType() != lastKind) (lastKind, observedSince) = (observation.GetType(), context.Now);
                unknownSince = observation is Observation.Silent or Observation.Unclear ? unknownSince ?? context.Now : null;
                var action = Decision.Next(context.Node, context.Record, observation, context.Options.Limits,
                    new Circumstances(context.Now, began, observedSince, context.Options.AllowReset, knownNode) { UnknownSince = unknownSince });
                if (action is NextAction.EnterRescue && !context.Options.AllowReset && observation is Observation.Silent && context.Record.LastReset is null
                    && await ControlPlanes.KnowsAsync(context, cancellation) is { } member)
                {
                    throw new ProvisionException(FailureCode.TalosUnreachable, $"{context.Node.Name} does not answer, and {member} has it among its etcd members: {observation.Evidence}", "A member of the cluster is never reset blindly. If it is really gone, run again with --allow-reset.");
                }

                // A wait is decided anew with every look; said once it is enough, and leaves room in the log for other nodes.
                if (action != decided) _log.LogDebug("Decided {Action}", action);
                underWay = decided = action;
                if (await ActAsync(observer, observation, action, stop) is { } summary) return summary;
                underWay = null;
            }
        }
    }

    private async Task<string?> ActAsync(NodeObserver observer, Observation observation, NextAction action, StopTokens stop)
    {
        var cancellation = stop.Soon;
        switch (action)
        {
            case NextAction.Wait wait:
                context.Enter(wait.Phase, $"Waiting for {wait.For}");
                context.Status($"waiting for {wait.For}");
                await PauseAsync(cancellation);
                return null;
            case NextAction.EnterRescue enter:
                await observer.ForgetSessionAsync();
                await RescueEntry.RunAsync(context, enter.Because, observation, stop);
                return null;
            case NextAction.Install:
                await Installation.RunAsync(context, observer.Session!, observer.RescueFacts!, cancellation);
                return null;
            case NextAction.VerifyAndBoot:
                if (await DiskBoot.VerifyAsync(context, observer.Session!, observer.RescueFacts!, cancellation))
                    await RebootAsync(observer, (Observation.Rescue)observation, stop.Now);
                return null;
            case NextAction.Boot:
                await RebootAsync(observer, (Observation.Rescue)observation, stop.Now);
                return null;
            case NextAction.ResetToDisk reset:
                await observer.ForgetSessionAsync();
                await ResetButton.PressForDiskAsync(context, reset.Because, observation, stop.Now);
                return null;
            case NextAction.SendConfig:
                await Configuration.SendAsync(context, stop.Now);
                await PauseAsync(cancellation);
                return null;
            case NextAction.Bootstrap:
                await Bootstrapping.RunAsync(context, stop.Now);
                await PauseAsync(cancellation);
                return null;
            case NextAction.Done:
                return Finish((Observation.Configured)observation);
            case NextAction.Stop end:
                throw new ProvisionException(end.Code, end.Message, end.Remedy);
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private async Task PauseAsync(CancellationToken cancellation)
    {
        using var wait = WaitClock.On(FarSide.Machine);
        await context.Pace.PauseAsync(context.Services.Time, cancellation);
    }

    private async Task RebootAsync(NodeObserver observer, Observation.Rescue rescue, CancellationToken cancellation)
    {
        await DiskBoot.RebootAsync(context, observer.Session!, rescue.BootId, cancellation);
        await observer.ForgetSessionAsync();
    }

    private string Finish(Observation.Configured configured)
    {
        context.Enter(RunPhase.Healthy, $"{configured.Evidence}");
        foreach (string notice in configured.Health.Notices) context.Note(notice);
        foreach (var unused in UnusedOptions.Notes(context.Options, context.DiskTouched)) context.Note(unused);
        new BootstrapLedger(context.Services.State).Confirm(context.Node.Name);
        if (!context.Record.Healthy) context.Append(new NodeHealthy());
        return context.Changed ? $"is healthy: {configured.Health.Reason}" : $"is healthy, nothing was changed: {configured.Health.Reason}";
    }
}
