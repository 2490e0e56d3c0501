using Kronform.Provision.Failures;
using Kronform.Provision.Runs.Joining;
using Kronform.Provision.Talos;

namespace Kronform.Provision.Runs.Acts;

/// <summary>Gives a proven node its machine config.</summary>
public static class Configuration
{
    public static async Task SendAsync(NodeContext context, CancellationToken cancellation)
    {
        context.Enter(RunPhase.Maintenance, "Talos is up from the written disk");
        var probe = await TalosProbe.ProbeAsync(context.Address, TalosClient.DefaultPort, context.Services.Time, TimeSpan.FromSeconds(5), cancellation);
        if (probe is not TalosProbeResult.Maintenance maintenance) return;

        using var talos = TalosClient.ForMaintenance(context.Address, TalosClient.DefaultPort, maintenance.SpkiFingerprint, context.Services.Time);
        try
        {
            // Once more over the pinned connection that sends: what was seen a moment ago was seen over another one.
            if (await MaintenanceProof.AskAsync(talos, context.Record, cancellation) is not Observation.Maintenance { Ours: true }) return;
            context.Append(new MaintenanceProven());
            if (await ControlPlanes.NamesakeAsync(context, cancellation) is { } namesake) throw namesake;
            context.Enter(RunPhase.Configure, "Applying the machine config");
            var tried = await talos.ApplyConfigurationAsync(context.Config.Raw, dryRun: true, cancellation);
            Warn(context, tried.Warnings);
            context.Append(new ConfigSending(context.Config.Sha256));
            var applied = await talos.ApplyConfigurationAsync(context.Config.Raw, dryRun: false, cancellation);
            context.Append(new ConfigAccepted());
            Warn(context, applied.Warnings.Except(tried.Warnings));
        }
        catch (TalosRpcException e) when (ApplyRefusal.Of(e.Code, e.Detail) is ApplyOutcome.Rejected or ApplyOutcome.AgentMode)
        {
            // Talos quotes what it does not understand, and the config is full of keys: its words are kept, the values are not.
            throw ApplyRefusal.Of(e.Code, e.Detail) == ApplyOutcome.AgentMode
                ? new ProvisionException(FailureCode.TalosConfigRejected, $"Talos on {context.Node.Name} runs in agent mode, which takes no machine config: {context.Config.Redact(e.Detail)}", "The image was made for a provider such as Omni. Name a metal image in provision.yaml.")
                : new ProvisionException(FailureCode.TalosConfigRejected, $"Talos on {context.Node.Name} rejected the machine config {context.Config.File}: {context.Config.Redact(e.Detail)}", "Mend the config and run again; the node waits in maintenance mode.");
        }
        catch (TalosRpcException e) when (ApplyRefusal.Of(e.Code, e.Detail) == ApplyOutcome.NotNow)
        {
            // It works on a config already, this one or another caller's. What comes up says whose.
            context.Status($"waiting for Talos to take the machine config ({context.Config.Redact(e.Detail)})");
        }
        catch (Exception e) when (e is TalosRpcException or TalosTrustException)
        {
            // The network is set up anew under the call, so the answer may be lost. What came up is asked next; nothing is sent
            // again unless it is proven to be in maintenance mode still.
            if (context.Record.ConfigSentAt is null) context.Status($"waiting for Talos to answer ({e.Message})");
            else context.Note($"the answer to the machine config was lost ({e.Message}); looking at what came up");
        }
    }

    private static void Warn(NodeContext context, IEnumerable<string> warnings)
    {
        foreach (string warning in warnings) context.Note($"Talos warns: {context.Config.Redact(warning)}");
    }
}
