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
        await using var told = stop.Soon.Register(() => context.Note(Stopping.Sentence(underWay, context.Clock.Current, LeftBehind.MayBe(context.Record))));
        try
        {
            return await LinkPipeline.RunAsync(context, observer, LoopAsync, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            if (await LeftBehind.EndAsync(context, observer, stop.Now) is { } goesOn) throw goesOn;
            throw;
        }

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
                if (action is NextAction.EnterRescue or NextAction.ResetToDisk && observation is Observation.Silent silent && !context.Options.AllowReset && !TookDownSince(began))
                    BlindReset.Require(context, silent, await ControlPlanes.AskAsync(context, judgeSilence: false, cancellation));

                // A wait is decided anew with every look; said once it is enough, and leaves room in the log for other nodes.
                if (action != decided) _log.LogDebug("Decided {Action}", action);
                underWay = decided = action;
                if (await ActAsync(observer, observation, action, stop) is { } summary) return summary;
                underWay = null;
            }
        }
    }

    /// <summary>What is silent because this very process has reset or rebooted it is no running member.</summary>
    private bool TookDownSince(DateTimeOffset began) => context.Record.LastReset?.At >= began || context.Record.Reboot?.At >= began;

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
                await RescueEntry.DisarmLeftAsync(context, stop.Now);
                return Finish((Observation.Configured)observation);
            case NextAction.Stop end:
                await RescueEntry.DisarmLeftAsync(context, stop.Now);
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
