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
            await talos.ApplyConfigurationAsync(context.Config.Raw, dryRun: true, cancellation);
            context.Append(new ConfigSending(context.Config.Sha256));
            var applied = await talos.ApplyConfigurationAsync(context.Config.Raw, dryRun: false, cancellation);
            context.Append(new ConfigAccepted());
            foreach (string warning in applied.Warnings) context.Note($"Talos warns: {context.Config.Redact(warning)}");
        }
        catch (TalosRpcException e) when (e.Code is GrpcCode.InvalidArgument or GrpcCode.Unknown or GrpcCode.FailedPrecondition or GrpcCode.Unimplemented or GrpcCode.PermissionDenied)
        {
            // Talos quotes what it does not understand, and the config is full of keys: its words are kept, the values are not.
            throw new ProvisionException(FailureCode.TalosConfigRejected, $"Talos on {context.Node.Name} rejected the machine config {context.Config.File}: {context.Config.Redact(e.Detail)}", "Mend the config and run again; the node waits in maintenance mode.");
        }
        catch (Exception e) when (e is TalosRpcException or TalosTrustException)
        {
            // The network is set up anew under the call, so the answer may be lost. What came up is asked next.
        }
    }
}
