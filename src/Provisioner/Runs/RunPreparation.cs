using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Commands;
using Kronform.Provision.Disks;
using Kronform.Provision.Failures;
using Kronform.Provision.Images;
using Kronform.Provision.Reports;
using Kronform.Provision.Rescue;
using Kronform.Provision.Servers;
using Kronform.Provision.Ssh;
using Kronform.Provision.Talos;
using Microsoft.Extensions.Logging;

namespace Kronform.Provision.Runs;

/// <summary>Everything that can be checked without touching a server: files, digests, credentials. All of it before any of the rest.</summary>
public sealed class RunPreparation(ISshClient ssh, IRunReporter reporter, TimeProvider time, LogFile log)
{
    public async Task<PreparedRuns> PrepareAsync(ProvisionRequest request, CancellationToken cancellation)
    {
        var cluster = ClusterFile.Load(request.File);
        var requested = request.Nodes.Select(cluster.FindNode).ToList();
        var state = StateFolder.For(request.State, cluster.Name);
        log.OpenIn(state.Create());

        var configs = LoadConfigs(cluster, requested);
        foreach (var (node, config) in configs.Where(c => requested.Contains(c.Node)))
        {
            var review = MachineConfigReview.Of(cluster, node, config);
            review.ThrowIfAny($"Checking the machine config of {node.Name}");
            DiskCriteria.Of(node, config, cluster.TalosVersion);
            foreach (var warning in review.Warnings) reporter.Note(node.Name, $"warning: {warning}");
        }

        MachineConfigReview.OfAll(configs).ThrowIfAny("Comparing the machine configs");
        await SshKeyCheck.CheckAsync(cluster.Ssh, cancellation);
        var agent = AgentBinary.Find(request.Agent);
        var image = await ImageFile.OpenAsync(cluster.Image, cancellation);
        var identity = ClusterIdentity.Of(cluster, [.. configs.Select(c => c.Config)], text => reporter.Note(requested[0].Name, "warning: " + text), time);
        var robot = RobotAccount.Open(cluster.Robot, time, log.Factory);
        var services = new RunServices(cluster, robot, ssh, identity, agent, image, state, reporter, time, log.Factory);
        return new PreparedRuns(services, [.. requested.Select(n => new PreparedNode(n, configs.First(c => c.Node == n).Config))]);
    }

    /// <summary>The requested nodes' configs must be there. Others are read for what they share with these, and may be missing.</summary>
    private static List<(NodeSpec Node, MachineConfig Config)> LoadConfigs(ClusterSpec cluster, List<NodeSpec> requested)
    {
        var configs = new List<(NodeSpec, MachineConfig)>();
        foreach (var node in requested.Concat(cluster.Nodes.Except(requested)))
        {
            try
            {
                configs.Add((node, MachineConfigFile.Load(node.ConfigPath)));
            }
            catch (ProvisionException) when (!requested.Contains(node))
            {
                // Its own run will say what is wrong with it.
            }
        }

        return configs;
    }
}

public sealed record PreparedNode(NodeSpec Node, MachineConfig Config);

public sealed record PreparedRuns(RunServices Services, IReadOnlyList<PreparedNode> Nodes) : IDisposable
{
    public void Dispose()
    {
        Services.Identity.Dispose();
    }
}
