using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Disks.Inventories;
using Kronform.Provision.Disks.Reports;
using Kronform.Provision.Failures;
using Kronform.Provision.Reports;
using Kronform.Provision.Rescue;
using Kronform.Provision.Runs.Acts;
using Kronform.Provision.Runs.Identity;
using Kronform.Provision.Runs.Looking;
using Kronform.Provision.Ssh;
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

    /// <param name="saveIn">Folder that keeps the report; null for none.</param>
    public async Task<NodeResult> RunAsync(NodeSpec node, MachineConfig config, RunOptions options, string? saveIn, CancellationToken cancellation)
    {
        var waits = WaitClock.Begin(services.Time, CommandTime.OfProcess(services.Time));
        var clock = new PhaseClock(services.Time);
        clock.Enter(RunPhase.Preflight);
        services.Reporter.PhaseStarted(node.Name, RunPhase.Preflight, $"Checking server {node.ServerNumber} in Robot");
        try
        {
            var server = await Preflight.CheckServerAsync(services, node, cancellation);
            var context = new NodeContext(services, node, config, server.Address, options, journal: null, clock);
            await using var observer = new NodeObserver(context);
            var observation = await observer.ObserveAsync(cancellation);
            context.Note($"found it as: {Name(observation)}: {observation.Evidence}");
            var inventory = await LookAsync(context, observer, observation, cancellation);
            context.Enter(RunPhase.Select, "Deciding; nothing will be written");
            var decision = DiskChoice.Make(context, inventory);
            if (saveIn is not null) ReportFolder.Save(saveIn, decision.Report, inventory);
            if (observation is Observation.Rescue)
                decision = await Neutralising.PreviewAsync(context, new AgentLink(observer.Session!, services.Agent, services.Time), decision, cancellation);
            decision.Require(context);
            return new NodeResult(node.Name, Summary(decision, node.Name), false, null, clock.Read()) { Time = waits.Read() };
        }
        catch (Exception e)
        {
            var failure = AsFailure(e, node, cancellation);
            _log.LogError(e, "Dry run of {Node} ended with {Code}", node.Name, failure.Code.Name);
            return new NodeResult(node.Name, failure.Message, false, failure, clock.Read()) { Time = waits.Read() };
        }
    }

    /// <exception cref="ProvisionException">The plan has a problem.</exception>
    internal static string Summary(DiskDecision decision, string node) =>
        $"would be written to the disk with {decision.Plan.Require(node).Identity}; nothing was touched";

    private static async Task<DiskInventory> LookAsync(NodeContext context, NodeObserver observer, Observation observation, CancellationToken cancellation)
    {
        switch (observation)
        {
            case Observation.Rescue:
                var link = new AgentLink(observer.Session!, context.Services.Agent, context.Services.Time);
                var inventory = await Installation.InspectAsync(context, link, observer.RescueFacts!, cancellation);
                MachineIdentity.Require(context, inventory, remember: false);
                return DiskInventory.FromRescue(inventory);
            case Observation.Maintenance or Observation.Configured:
                context.Enter(RunPhase.Inspect, "Asking Talos for its disks");
                return await AskTalosAsync(context, observation is Observation.Configured, cancellation);
            default:
                throw NotReachable(context.Node.Name, observation);
        }
    }

    private static async Task<DiskInventory> AskTalosAsync(NodeContext context, bool configured, CancellationToken cancellation)
    {
        using var talos = await TalosDisks.ClientAsync(context.Services, context.Address, configured, cancellation)
            ?? throw new ProvisionException(FailureCode.ServerUnreachable, $"{context.Node.Name} left maintenance mode while it was being looked at", "Run again.");
        string source = configured ? "running Talos with a machine config of this cluster, over mutual TLS" : "in Talos's maintenance mode, over its API";
        return (await TalosDisks.ReadAsync(talos, configured, source, cancellation)).Inventory;
    }

    /// <summary>A node that cannot be asked, under the code that a run would end with where it has one.</summary>
    internal static ProvisionException NotReachable(string node, Observation observation)
    {
        var code = observation switch
        {
            Observation.RescueOfOthers => FailureCode.RescueAuthentication,
            Observation.WrongHostKey => FailureCode.RescueHostKey,
            Observation.UnprovenRescue => FailureCode.RescueNotProven,
            Observation.ForeignSystem => FailureCode.ForeignSystem,
            Observation.Vkvm => FailureCode.BootVkvm,
            Observation.ConfiguredForeign => FailureCode.TalosForeign,
            _ => FailureCode.ServerUnreachable,
        };
        return new ProvisionException(code, $"The disks of {node} cannot be looked at: {observation.Evidence}",
            "A dry run resets nothing. Boot the server into the rescue system with your key (Robot, or provision without --dry-run), start Talos, or give a saved inventory with --inventory.");
    }

    private static ProvisionException AsFailure(Exception exception, NodeSpec node, CancellationToken cancellation) => exception switch
    {
        TalosRpcException or TalosTrustException => new ProvisionException(FailureCode.ServerUnreachable, $"Talos on {node.Name} stopped answering while its disks were being looked at", "Run again.", exception),
        SshException => new ProvisionException(FailureCode.RescueLinkLost, $"The connection to the rescue system of {node.Name} was lost; nothing was changed", "Run again.", exception),
        _ => NodeRuns.AsFailure(exception, cancellation),
    };

    private static string Name(Observation observation) => observation switch
    {
        Observation.Rescue => "rescue system",
        Observation.Maintenance => "Talos in maintenance mode",
        Observation.Configured => "configured Talos",
        Observation.Silent => "silent",
        _ => "something else",
    };
}
