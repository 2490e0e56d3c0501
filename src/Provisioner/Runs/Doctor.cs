using System.Runtime.CompilerServices;
using System.Text.Json;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Failures;
using Kronform.Provision.Images;
using Kronform.Provision.Images.Digests;
using Kronform.Provision.Images.Downloads;
using Kronform.Provision.Rescue;
using Kronform.Provision.Servers;
using Kronform.Provision.Ssh;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kronform.Provision.Runs;

/// <param name="Check">What was looked at.</param>
/// <param name="Detail">What was seen, when it is fine.</param>
/// <param name="Warning">Fine enough to run, and worth mending.</param>
/// <param name="Failure">A run would stop here.</param>
public sealed record DoctorFinding(string Check, string Detail, string? Warning = null, ProvisionException? Failure = null)
{
    public string ToJson() => JsonSerializer.Serialize(new
    {
        @event = "check",
        check = Check,
        outcome = Failure is not null ? "fail" : Warning is not null ? "warn" : "ok",
        text = Failure?.Message ?? Warning ?? Detail,
        code = Failure?.Code.Name,
        remedy = Failure?.Remedy,
    });
}

/// <summary>Looks at everything a run would need, in the order a run would meet it, and goes on after a failure where it can.</summary>
/// <param name="offline">The image's addresses are not asked; Robot is.</param>
public sealed class Doctor(string file, string? state, TimeProvider time, bool offline = false)
{
    public async IAsyncEnumerable<DoctorFinding> ExamineAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        yield return await CheckAsync("OpenSSH client", async () => (await OpenSshProgram.FindAsync("ssh", cancellation)).Path);
        yield return Check("rescue agent", () => { var agent = AgentBinary.Find(null); return $"{agent.Length / 1048576} MiB, sha256 {agent.Sha256[..12]}…"; });

        ClusterSpec? cluster = null;
        yield return Check(file, () => { cluster = ClusterFile.Load(file); return $"cluster {cluster.Name}, {cluster.Nodes.Count} nodes, Talos {cluster.TalosVersion}"; });
        if (cluster is null) yield break;

        yield return Check("state folder", () => StateFolder.For(state, cluster.Name).Root);
        var files = new NodeConfigs(cluster, time);
        var configs = new List<(NodeSpec, MachineConfig)>();
        foreach (var node in cluster.Nodes)
        {
            MachineConfigReview? review = null;
            yield return await CheckAsync($"machine config of {node.Name}", async () =>
            {
                var config = await files.LoadAsync(node, cancellation);
                configs.Add((node, config));
                review = MachineConfigReview.Of(cluster, node, config);
                review.ThrowIfAny("Checking it");
                return $"{config.Role.Spelling()}, sha256 {config.Sha256[..12]}…";
            });
            foreach (var warning in review?.Warnings ?? []) yield return new DoctorFinding($"machine config of {node.Name}", "", warning.ToString());
        }

        yield return Check("machine configs together", () => { MachineConfigReview.OfAll(configs).ThrowIfAny("Comparing them"); return "one cluster, distinct host names"; });
        yield return await CheckAsync("SSH key", async () => { await SshKeyCheck.CheckAsync(cluster.Ssh, cancellation); return cluster.Ssh.PublicKeyFile; });
        IReadOnlyList<string> imageWarnings = [];
        yield return await CheckAsync("image", async () =>
        {
            using var http = new ImageHttp(time, NullLogger.Instance);
            var image = await new ImageCheck(new DigestRecords(StateFolder.For(state, cluster.Name).Root, time), http, time).LookAsync(cluster.Image, offline, cancellation);
            imageWarnings = image.Warnings;
            return image.Detail;
        });
        foreach (var warning in imageWarnings) yield return new DoctorFinding("image", "", warning);
        foreach (var secret in new[] { cluster.Robot.Username, cluster.Robot.Password })
            if (secret.FindExposure() is { } exposure) yield return new DoctorFinding(secret.Purpose, "", exposure);

        RobotClient? robot = null;
        yield return Check("Robot credentials", () =>
        {
            robot = RobotAccount.Open(cluster.Robot, time, NullLoggerFactory.Instance);
            return $"{cluster.Robot.Username}, {cluster.Robot.Password}";
        });
        if (robot is null) yield break;
        {
            foreach (var node in cluster.Nodes)
            {
                var finding = await CheckAsync($"server {node.ServerNumber} of {node.Name}", async () =>
                {
                    var server = await robot.GetServerAsync(node.ServerNumber, cancellation);
                    return $"\"{server.Name}\", {server.Product} in {server.Datacenter}, {Preflight.Addresses(server)}";
                });
                yield return finding;
                // A wrong password is tried once: three failures block this address for ten minutes.
                if (finding.Failure?.Code == FailureCode.RobotUnauthorized) yield break;
            }
        }
    }

    private static DoctorFinding Check(string check, Func<string> look)
    {
        try
        {
            return new DoctorFinding(check, look());
        }
        catch (Exception e)
        {
            return new DoctorFinding(check, "", null, NodeRuns.AsFailure(e, CancellationToken.None));
        }
    }

    private static async Task<DoctorFinding> CheckAsync(string check, Func<Task<string>> look)
    {
        try
        {
            return new DoctorFinding(check, await look());
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new DoctorFinding(check, "", null, NodeRuns.AsFailure(e, CancellationToken.None));
        }
    }
}
