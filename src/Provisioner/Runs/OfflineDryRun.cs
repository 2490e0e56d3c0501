using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Commands;
using Kronform.Provision.Disks.Inventories;
using Kronform.Provision.Disks.Reports;
using Kronform.Provision.Reports;
using Kronform.Provision.Runs.Acts;

namespace Kronform.Provision.Runs;

/// <summary>
/// The decision a run would make for disks in a file. Needs provision.yaml and the node's machine config, and nothing else: no
/// Robot, no SSH key, no agent, not even the image, whose digest stands in provision.yaml.
/// </summary>
public static class OfflineDryRun
{
    public static async Task<NodeResult> RunAsync(ProvisionRequest request, IRunReporter reporter, TimeProvider time, CancellationToken cancellation)
    {
        var waits = WaitClock.Begin(time, CommandTime.OfProcess(time));
        var clock = new PhaseClock(time);
        string name = request.Nodes[0];
        clock.Enter(RunPhase.Preflight);
        try
        {
            var cluster = ClusterFile.Load(request.File);
            var node = cluster.FindNode(name);
            var config = await new NodeConfigs(cluster, time).LoadAsync(node, cancellation);
            MachineConfigReview.Of(cluster, node, config).ThrowIfAny($"Checking the machine config of {name}");
            reporter.PhaseStarted(name, RunPhase.Inspect, $"Reading the disks from {request.Inventory}");
            clock.Enter(RunPhase.Inspect);
            var inventory = InventoryFile.Read(request.Inventory!);
            clock.Enter(RunPhase.Select);
            var decision = DiskChoice.Decide(node, config, cluster.TalosVersion, inventory, cluster.Image.Sha256, imageBytes: null, request.Options.AllowDataLoss);
            reporter.Disks(name, decision.Report);
            if (request.Save is { } folder) ReportFolder.Save(folder, decision.Report, inventory);
            return new NodeResult(name, DryRun.Summary(decision, name), false, null, clock.Read()) { Time = waits.Read() };
        }
        catch (Exception e)
        {
            var failure = NodeRuns.AsFailure(e, cancellation);
            return new NodeResult(name, failure.Message, false, failure, clock.Read()) { Time = waits.Read() };
        }
    }
}
