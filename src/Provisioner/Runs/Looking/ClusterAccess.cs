using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Failures;
using Kronform.Provision.Servers;
using Kronform.Provision.Ssh;
using Kronform.Provision.Talos;
using Microsoft.Extensions.Logging;

namespace Kronform.Provision.Runs.Looking;

/// <summary>What commands need that look at nodes and run nothing on them: no agent, no image, no lock, and Robot only if it is there.</summary>
public sealed class ClusterAccess : IDisposable
{
    private ClusterAccess(RunServices services, IReadOnlyList<(NodeSpec Node, MachineConfig Config)> configs) => (Services, Configs) = (services, configs);

    public RunServices Services { get; }

    public ClusterSpec Cluster => Services.Cluster;

    /// <summary>Of every node whose machine config can be read.</summary>
    public IReadOnlyList<(NodeSpec Node, MachineConfig Config)> Configs { get; }

    /// <summary>Why Robot is not asked; null when it is.</summary>
    public string? WithoutRobot { get; private init; }

    /// <exception cref="ProvisionException">provision.yaml cannot be used, or no machine config holds the key of the Talos CA.</exception>
    public static async Task<ClusterAccess> OpenAsync(string file, string? state, TimeProvider time, ILoggerFactory logs, CancellationToken cancellation)
    {
        var cluster = ClusterFile.Load(file);
        var configs = await LoadAsync(cluster, time, cancellation);
        var identity = ClusterIdentity.Of(cluster, [.. configs.Select(c => c.Config)], _ => { }, time);
        RobotClient? robot = null;
        string? without = null;
        try
        {
            robot = RobotAccount.Open(cluster.Robot, time, logs);
        }
        catch (ProvisionException e) when (e.Code == FailureCode.CredentialsMissing)
        {
            without = e.Message;
        }

        // Agent and image belong to what is done to a server, and nothing is.
        var services = new RunServices(cluster, robot, new OpenSshClient(time), identity, null!, null!, StateFolder.For(state, cluster.Name), new SilentReporter(), time, logs);
        return new ClusterAccess(services, configs) { WithoutRobot = without };
    }

    public void Dispose() => Services.Identity.Dispose();

    private static async Task<List<(NodeSpec Node, MachineConfig Config)>> LoadAsync(ClusterSpec cluster, TimeProvider time, CancellationToken cancellation)
    {
        var files = new NodeConfigs(cluster, time);
        var configs = new List<(NodeSpec, MachineConfig)>();
        foreach (var node in cluster.Nodes)
        {
            try
            {
                configs.Add((node, await files.LoadAsync(node, cancellation)));
            }
            catch (ProvisionException)
            {
                // The line of that node says so.
            }
        }

        return configs;
    }
}
