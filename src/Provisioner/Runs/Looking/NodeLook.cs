using System.Net;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Disks;
using Kronform.Provision.Failures;
using Kronform.Provision.Reports;
using Kronform.Provision.Runs.Acts;
using Kronform.Provision.Servers;
using Kronform.Provision.Talos;

namespace Kronform.Provision.Runs.Looking;

/// <summary>One look at a node: no lock, no journal, nothing delivered anywhere.</summary>
public sealed class NodeLook(ClusterAccess access)
{
    private RunServices Services => access.Services;

    public async Task<NodeStanding> AtAsync(NodeSpec node, CancellationToken cancellation)
    {
        IPAddress? address = null;
        try
        {
            address = await Services.Servers.AddressAsync(node, cancellation);
            if (address is null)
                return Unknown(node, null, access.WithoutRobot is { } why ? $"provision.yaml gives no address, and Robot is not asked: {why}" : "neither provision.yaml nor Robot gives its address");
            if (access.Configs.FirstOrDefault(c => c.Node == node).Config is not { } config)
                return Unknown(node, address, $"its machine config {node.ConfigPath} cannot be read");
            var context = new NodeContext(Services, node, config, address, new RunOptions(), journal: null, new PhaseClock(Services.Time), Remembered(node));
            await using var observer = new NodeObserver(context);
            var observation = await observer.ObserveAsync(cancellation);
            return await DescribeAsync(node, config, address, observation, cancellation);
        }
        catch (Exception e) when (e is ProvisionException or RobotException)
        {
            return Unknown(node, address, e.Message);
        }
    }

    private async Task<NodeStanding> DescribeAsync(NodeSpec node, MachineConfig config, IPAddress address, Observation observation, CancellationToken cancellation)
    {
        var configured = observation as Observation.Configured;
        var (version, stage, disks) = (configured?.Version, configured?.Stage, observation is Observation.Rescue ? $"not looked at (provision {node.Name} --dry-run does)" : null);
        if (configured is null && observation is not Observation.Maintenance)
            return NodeStanding.Of(node, address.ToString(), observation, version, stage, disks);
        try
        {
            using var talos = await TalosDisks.ClientAsync(Services, address, configured is not null, cancellation);
            if (talos is null) return NodeStanding.Of(node, address.ToString(), observation, version, stage, "not told");
            version ??= (await talos.VersionAsync(cancellation) as TalosVersionAnswer.Known)?.Tag;
            stage ??= (await talos.MachineStatusAsync(cancellation))?.Stage;
            disks = await DisksAsync(node, config, talos, configured is not null, cancellation);
        }
        catch (Exception e) when (e is TalosRpcException or TalosTrustException)
        {
            disks = $"not told ({e.Message})";
        }

        return NodeStanding.Of(node, address.ToString(), observation, version, stage, disks);
    }

    private async Task<string> DisksAsync(NodeSpec node, MachineConfig config, TalosClient talos, bool configured, CancellationToken cancellation)
    {
        var (inventory, system) = await TalosDisks.ReadAsync(talos, configured, "Talos", cancellation);
        var plan = DiskChoice.Decide(node, config, access.Cluster.TalosVersion, inventory, access.Cluster.Image.Sha256, imageBytes: null, []).Plan;
        return Verdict(plan, configured ? system : null);
    }

    /// <param name="running">Kernel name of the disk that a configured Talos runs from; null where none does.</param>
    public static string Verdict(DiskPlan plan, string? running)
    {
        if (running is not null && plan.Verdicts.FirstOrDefault(v => v.Disk.Name == running) is { } own)
        {
            return own.Kind == VerdictKind.NotMatched
                ? $"runs from {own.Disk.Identity}, which is not the disk that is asked for"
                : own.Kind == VerdictKind.Ambiguous ? $"runs from {own.Disk.Identity}, and other disks fit the conditions too" : $"runs from {own.Disk.Identity}, as asked for";
        }

        return plan.Problem is { } problem ? $"{problem.Code.Name}: {problem.Message}" : $"{plan.Chosen!.Identity} fits";
    }

    /// <summary>What the newest run knows, without touching its journal.</summary>
    private RunRecord Remembered(NodeSpec node)
    {
        var nothing = RunRecord.From([]);
        if (Services.State.JournalsOf(node.Name) is not [.., var newest]) return nothing;
        try
        {
            return RunRecord.From(JournalFile.Read(newest));
        }
        catch (ProvisionException)
        {
            // A damaged journal stops a run, not a look.
            return nothing;
        }
    }

    private static NodeStanding Unknown(NodeSpec node, IPAddress? address, string why) =>
        new() { Node = node.Name, Role = node.Role.Spelling(), Address = address?.ToString(), What = "unknown", Evidence = why };
}
