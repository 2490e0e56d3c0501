using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Commands;
using Kronform.Provision.Disks;
using Kronform.Provision.Failures;
using Kronform.Provision.Images;
using Kronform.Provision.Images.Digests;
using Kronform.Provision.Images.Downloads;
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

        var configs = await LoadConfigsAsync(cluster, requested, cancellation);
        Review(cluster, [.. configs.Where(c => requested.Contains(c.Node))], configs);
        await SshKeyCheck.CheckAsync(cluster.Ssh, cancellation);
        var agent = AgentBinary.Find(request.Agent);
        var image = await PrepareImageAsync(cluster, requested, state, cancellation);
        var identity = ClusterIdentity.Of(cluster, [.. configs.Select(c => c.Config)], text => reporter.Note(requested[0].Name, "warning: " + text), time);
        var robot = RobotAccount.Open(cluster.Robot, time, log.Factory, text => reporter.Note(requested[0].Name, "warning: " + text));
        var services = new RunServices(cluster, robot, ssh, identity, agent, image, state, reporter, time, log.Factory);
        return new PreparedRuns(services, [.. requested.Select(n => new PreparedNode(n, configs.First(c => c.Node == n).Config))]);
    }

    /// <summary>Once for all nodes: they share the download, the digest and the warnings.</summary>
    private async Task<ImageFile> PrepareImageAsync(ClusterSpec cluster, List<NodeSpec> requested, StateFolder state, CancellationToken cancellation)
    {
        using var http = new ImageHttp(time, log.Factory.CreateLogger("image"));
        void Status(string text, long? done, long? total) => requested.ForEach(node => reporter.Status(node.Name, text, done, total));
        var preparation = new ImagePreparation(new DigestRecords(state.Root, time), new ImageCache(ImageCache.DefaultFolder(), http, time), http, time, Status);
        var image = await preparation.PrepareAsync(cluster.Image, cancellation);
        foreach (var node in requested)
        {
            foreach (var warning in image.Warnings) reporter.Note(node.Name, $"warning: {warning}");
        }

        return image;
    }

    /// <summary>Everything wrong with the configs of all requested nodes at once; warnings only when nothing is.</summary>
    private void Review(ClusterSpec cluster, List<(NodeSpec Node, MachineConfig Config)> requested, List<(NodeSpec Node, MachineConfig Config)> all)
    {
        var problems = new List<ConfigProblem>();
        var warnings = new List<(string Node, ConfigProblem Warning)>();
        foreach (var (node, config) in requested)
        {
            var review = MachineConfigReview.Of(cluster, node, config);
            problems.AddRange(review.Problems);
            warnings.AddRange(review.Warnings.Select(w => (node.Name, w)));
            try
            {
                DiskCriteria.Of(node, config, cluster.TalosVersion);
            }
            catch (ConfigProblemsException error)
            {
                problems.AddRange(error.Problems);
            }
        }

        problems.AddRange(MachineConfigReview.OfAll(all).Problems);
        // A file that nodes share has its faults once.
        new MachineConfigReview([.. problems.Distinct()], []).ThrowIfAny("Checking the machine configs");
        foreach (var (node, warning) in warnings) reporter.Note(node, $"warning: {warning}");
    }

    /// <summary>The requested nodes' configs must be there. Others are read for what they share with these, and may be missing.</summary>
    private async Task<List<(NodeSpec Node, MachineConfig Config)>> LoadConfigsAsync(ClusterSpec cluster, List<NodeSpec> requested, CancellationToken cancellation)
    {
        var files = new NodeConfigs(cluster, time);
        var configs = new List<(NodeSpec, MachineConfig)>();
        var problems = new List<ConfigProblem>();
        foreach (var node in requested.Concat(cluster.Nodes.Except(requested)))
        {
            try
            {
                configs.Add((node, await files.LoadAsync(node, cancellation)));
            }
            catch (ConfigProblemsException error) when (requested.Contains(node))
            {
                problems.AddRange(error.Problems);
            }
            catch (ProvisionException) when (!requested.Contains(node))
            {
                // Its own run will say what is wrong with it.
            }
        }

        new MachineConfigReview([.. problems.Distinct()], []).ThrowIfAny("Reading the machine configs");
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
