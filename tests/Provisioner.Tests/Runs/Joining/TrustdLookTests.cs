using System.Net;
using System.Net.Sockets;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Runs;
using Kronform.Provision.Runs.Joining;
using Kronform.Provision.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs.Joining;

public sealed class TrustdLookTests
{
    private static readonly IPAddress ControlPlane = new([127, 77, (byte)(Environment.ProcessId >> 8 & 127), (byte)(1 + Environment.ProcessId % 250)]);

    [Fact]
    public async Task A_control_plane_is_asked_by_a_waiting_worker_every_few_seconds_and_not_with_every_look()
    {
        var time = new ManualTime();
        var look = new TrustdLook(Worker(time));

        Assert.Contains("nothing answers there", await MissesAsync(look), StringComparison.Ordinal);
        using var trustd = new TcpListener(ControlPlane, TrustdLook.Port);
        trustd.Start();
        Assert.NotNull(await MissesAsync(look));
        Assert.False(trustd.Pending());
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Null(await MissesAsync(look));
    }

    private static async Task<string?> MissesAsync(TrustdLook look) =>
        Assert.IsType<Observation.Silent>(await look.ExplainAsync(new Observation.Silent("port 50000: refused"), TestContext.Current.CancellationToken)).Misses;

    private static NodeContext Worker(TimeProvider time)
    {
        var node = new NodeSpec { Name = "w1", ServerNumber = 1, Role = NodeRole.Worker, ConfigPath = "n.yaml", Line = 1, Column = 1 };
        var config = new MachineConfig
        {
            File = "n.yaml", Raw = default, Sha256 = "", Role = NodeRole.Worker, RoleText = new ConfigText("worker", 1, 1), CaCertificatePem = "", CaFingerprint = "", CaPosition = (1, 1),
            DiskSelector = new Dictionary<string, ConfigText>(), Endpoint = new ConfigText($"https://{ControlPlane}:6443", 1, 1),
        };
        var services = new RunServices(null!, null, null!, null!, null!, null!, null!, null!, time, NullLoggerFactory.Instance);
        return new NodeContext(services, node, config, IPAddress.Loopback, new RunOptions(), null, null!, new RunRecord { BootNonce = "aa", ConfigSentAt = time.GetUtcNow() });
    }
}
