using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Reports;
using Kronform.Provision.Rescue;
using Kronform.Provision.Runs.Acts;
using Kronform.Provision.Talos;
using Microsoft.Extensions.Logging;

namespace Kronform.Provision.Runs;

/// <summary>
/// Looks at a node's disks in whatever state it is and reports the decision a run would make. Takes no lock, writes no journal,
/// arms and resets nothing; in a rescue system the agent's file in memory is all it leaves.
/// </summary>
public sealed class DryRun(RunServices services)
{
    private readonly ILogger _log = services.Logs.CreateLogger("dry-run");

    public async Task<NodeResult> RunAsync(NodeSpec node, MachineConfig config, RunOptions options, CancellationToken cancellation)
    {
        var clock = new PhaseClock(services.Time);
        clock.Enter(RunPhase.Preflight);
        services.Reporter.PhaseStarted(node.Name, RunPhase.Preflight, $"Checking server {node.ServerNumber} in Robot");
        try
        {
            var address = await Preflight.CheckServerAsync(services, node, cancellation);
            var context = new NodeContext(services, node, config, address, options, journal: null, clock);
            await using var observer = new NodeObserver(context);
            var observation = await observer.ObserveAsync(cancellation);
            context.Note($"found it as: {Name(observation)}: {observation.Evidence}");
            var disks = await DisksAsync(context, observer, observation, cancellation);
            context.Enter(RunPhase.Select, "Deciding; nothing will be written");
            var decision = DiskChoice.Make(context, disks);
            if (observation is Observation.Rescue)
                decision = await Neutralising.PreviewAsync(context, new AgentLink(observer.Session!, services.Agent, services.Time), decision, cancellation);
            var disk = decision.Require(context);
            return new NodeResult(node.Name, $"would be written to the disk with {disk.Identity}; nothing was touched", false, null, clock.Read());
        }
        catch (Exception e)
        {
            var failure = NodeRuns.AsFailure(e, cancellation);
            _log.LogError(e, "Dry run of {Node} ended with {Code}", node.Name, failure.Code.Name);
            return new NodeResult(node.Name, failure.Message, false, failure, clock.Read());
        }
    }

    private static async Task<IReadOnlyList<BlockDevice>> DisksAsync(NodeContext context, NodeObserver observer, Observation observation, CancellationToken cancellation)
    {
        switch (observation)
        {
            case Observation.Rescue:
                return (await Installation.InspectAsync(context, new AgentLink(observer.Session!, context.Services.Agent, context.Services.Time), observer.RescueFacts!, cancellation)).Disks;
            case Observation.Maintenance or Observation.Configured:
                context.Enter(RunPhase.Inspect, "Asking Talos for its disks");
                context.Note("warning: Talos tells the disks but not what is on them; only the rescue system shows that");
                return await TalosDisksAsync(context, observation, cancellation);
            default:
                throw new ProvisionException(FailureCode.TalosUnreachable, $"The disks of {context.Node.Name} cannot be looked at: {observation.Evidence}", "A dry run resets nothing. Boot the server into the rescue system with your key (Robot, or provision without --dry-run), or start Talos.");
        }
    }

    private static async Task<IReadOnlyList<BlockDevice>> TalosDisksAsync(NodeContext context, Observation observation, CancellationToken cancellation)
    {
        using var talos = observation is Observation.Configured
            ? TalosClient.ForConfigured(context.Address, TalosClient.DefaultPort, context.Services.Identity, context.Services.Time)
            : await MaintenanceClientAsync(context, cancellation);
        string? system = (await talos.SystemDiskAsync(cancellation))?.Name;
        return [.. (await talos.DisksAsync(cancellation)).Where(d => !d.CdRom && d.SizeBytes > 0 && d.Transport.Length > 0).Select(d => Describe(d, d.Name == system))];
    }

    private static async Task<TalosClient> MaintenanceClientAsync(NodeContext context, CancellationToken cancellation)
    {
        var probe = await TalosProbe.ProbeAsync(context.Address, TalosClient.DefaultPort, context.Services.Time, TimeSpan.FromSeconds(5), cancellation);
        return probe is TalosProbeResult.Maintenance maintenance
            ? TalosClient.ForMaintenance(context.Address, TalosClient.DefaultPort, maintenance.SpkiFingerprint, context.Services.Time)
            : throw new ProvisionException(FailureCode.TalosUnreachable, $"{context.Node.Name} left maintenance mode while it was being looked at", "Run again.");
    }

    /// <summary>What Talos tells of a disk, and that the one it runs from is in use.</summary>
    private static BlockDevice Describe(TalosDisk disk, bool system) => new()
    {
        Name = disk.Name,
        SizeBytes = disk.SizeBytes,
        LogicalSectorBytes = 512,
        PhysicalSectorBytes = 512,
        Model = NullIfEmpty(disk.Model),
        Serial = NullIfEmpty(disk.Serial),
        Wwn = NullIfEmpty(disk.Wwid) is { } wwid && wwid.StartsWith("naa.", StringComparison.Ordinal) ? "0x" + wwid[4..] : NullIfEmpty(disk.Wwid),
        Transport = NullIfEmpty(disk.Transport),
        Rotational = disk.Rotational,
        ReadOnly = disk.ReadOnly,
        Mounts = system ? ["the running Talos"] : [],
        // Not "nothing was found": an unknown mark, which the guards take for data.
        Signatures = [new Signature("contents-unknown", 0, "Talos does not tell what is on it")],
    };

    private static string? NullIfEmpty(string text) => text.Trim() is { Length: > 0 } trimmed ? trimmed : null;

    private static string Name(Observation observation) => observation switch
    {
        Observation.Rescue => "rescue system",
        Observation.Maintenance => "Talos in maintenance mode",
        Observation.Configured => "configured Talos",
        Observation.Silent => "silent",
        _ => "something else",
    };
}
