extern alias provisioner;

using System.Security.Cryptography;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Contract.Tests.Disks;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Reports;
using Kronform.Provision.Runs;
using Kronform.Provision.Runs.Acts;
using Kronform.Provision.Talos;
using Kronform.Provision.TalosEmulator;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Talos;

/// <summary>
/// The act that gives a node its machine config, and the decision after it, against emulated nodes of several versions: what was
/// sent once is never sent again unless the node is proven to have nothing.
/// </summary>
public sealed class SendingTests : IDisposable
{
    private const string Nonce = "run-4711";
    private const string Disks = """[{ "name": "nvme0n1", "size": 512110190592, "serial": "S64DNX0T1", "model": "SAMSUNG MZVL2512HCJQ", "transport": "nvme" }]""";

    private readonly string _journals = Directory.CreateTempSubdirectory("sending-").FullName;
    private readonly NotesReporter _reporter = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("v1.7.7")]
    [InlineData("v1.12.11")]
    [InlineData("v1.13.9")]
    [InlineData("v1.14.0")]
    public async Task A_lost_reply_is_looked_after_and_the_config_not_sent_again(string release)
    {
        await using var cluster = new EmulatedCluster(release);
        // The first call of the two is the dry run.
        await cluster.StartAsync(1, meta: Nonce, disks: Disks, faults: new EmulatorFaults { LostReplies = [new LostReply("ApplyConfiguration", Skip: 1)] }, port: TalosClient.DefaultPort, metaKey: BootNonceKey.Tag);
        using var journal = Journal();
        var context = Context(cluster, journal);

        await Configuration.SendAsync(context, Cancellation);

        Assert.Single(journal.Entries.OfType<ConfigSending>());
        Assert.Empty(journal.Entries.OfType<ConfigAccepted>());
        Assert.Contains(_reporter.Notes, n => n.StartsWith("the answer to the machine config was lost", StringComparison.Ordinal));
        await Eventually.Async("apid", () => cluster.ProbeAsync(1), p => p is TalosProbeResult.WantsClientCertificate);
        await using var observer = new NodeObserver(context);
        var observation = await observer.ObserveAsync(Cancellation);
        Assert.StartsWith($"Talos {release} with this cluster's CA", Assert.IsType<Observation.Configured>(observation).Evidence, StringComparison.Ordinal);
        Assert.IsType<NextAction.Wait>(Decide(context, observation));
        Assert.Equal(1, cluster.Node(1).Counters.ConfigsApplied);
    }

    [Fact]
    public async Task A_reply_that_was_lost_before_the_node_acted_leads_to_a_second_try_only_after_a_new_proof()
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1, meta: Nonce, disks: Disks, port: TalosClient.DefaultPort, metaKey: BootNonceKey.Tag);
        using var journal = Journal();
        var context = Context(cluster, journal);
        // As if the connection had died with the request on its way.
        context.Append(new ConfigSending(context.Config.Sha256));
        await using var observer = new NodeObserver(context);

        var observation = await observer.ObserveAsync(Cancellation);

        Assert.IsType<NextAction.Wait>(Decide(context, observation));
        Assert.IsType<NextAction.SendConfig>(Decide(context, observation, later: context.Options.Limits.ConfigGrace + TimeSpan.FromSeconds(1)));
        await Configuration.SendAsync(context, Cancellation);
        Assert.Equal(1, cluster.Node(1).Counters.ConfigsApplied);
        Assert.Single(journal.Entries.OfType<ConfigAccepted>());
    }

    [Theory]
    [InlineData("v1.12.11")]
    [InlineData("v1.13.9")]
    public async Task A_config_that_Talos_rejects_is_never_sent_in_earnest(string release)
    {
        await using var cluster = new EmulatedCluster(release);
        await cluster.StartAsync(1, meta: Nonce, disks: Disks, port: TalosClient.DefaultPort, metaKey: BootNonceKey.Tag);
        using var journal = Journal();
        var context = Context(cluster, journal, "version: v1alpha1\n"u8.ToArray());

        var e = await Assert.ThrowsAsync<ProvisionException>(() => Configuration.SendAsync(context, Cancellation));

        Assert.Equal(FailureCode.TalosConfigRejected, e.Code);
        Assert.Contains("machine instructions are required", e.Message, StringComparison.Ordinal);
        Assert.Empty(journal.Entries.OfType<ConfigSending>());
        Assert.Equal(1, cluster.Node(1).Counters.Calls("/machine.MachineService/ApplyConfiguration"));
    }

    [Fact]
    public async Task A_node_without_this_runs_nonce_is_sent_nothing()
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1, meta: "run-4712", disks: Disks, port: TalosClient.DefaultPort, metaKey: BootNonceKey.Tag);
        using var journal = Journal();

        await Configuration.SendAsync(Context(cluster, journal), Cancellation);

        Assert.Equal(0, cluster.Node(1).Counters.Calls("/machine.MachineService/ApplyConfiguration"));
    }

    public void Dispose() => Directory.Delete(_journals, recursive: true);

    private static NextAction Decide(NodeContext context, Observation observation, TimeSpan later = default)
    {
        var now = context.Now + later;
        return Decision.Next(context.Node, context.Record, observation, context.Options.Limits, new Circumstances(now, now, now, AllowReset: false, KnownNode: false));
    }

    private JournalFile Journal()
    {
        var journal = JournalFile.Open(Path.Combine(_journals, "run.journal"), TimeProvider.System);
        journal.Append(new RunStarted("n1", 321, new string('a', 64), Nonce));
        journal.Append(new WriteDone(new DiskIdentity("S64DNX0T1", null, 512110190592), 1, "ab"));
        return journal;
    }

    private NodeContext Context(EmulatedCluster cluster, JournalFile journal, byte[]? raw = null)
    {
        raw ??= cluster.Config(1);
        var node = new NodeSpec { Name = "n1", ServerNumber = 321, Role = NodeRole.ControlPlane, ConfigPath = "n1.yaml", Line = 1, Column = 1 };
        var spec = new ClusterSpec
        {
            File = "provision.yaml", Name = "bench", Endpoint = new Uri("https://api.example:6443"), TalosVersion = TalosVersion.TryParse("v1.13.9")!,
            Robot = null!, Ssh = null!, Image = null!, Nodes = [node],
        };
        var config = new MachineConfig
        {
            File = "n1.yaml", Raw = raw, Sha256 = Convert.ToHexStringLower(SHA256.HashData(raw)), Role = NodeRole.ControlPlane,
            RoleText = new ConfigText("controlplane", 1, 1), CaCertificatePem = "", CaFingerprint = "", CaPosition = (1, 1),
        };
        // Between maintenance and a configured node there is nothing to ask Robot or a rescue system.
        var services = new RunServices(
            spec, null!, null!, Identities.Of(cluster.Ca, Identities.Minted), null!, null!, new Kronform.Provision.Runs.StateFolder(Path.Combine(_journals, "state")), _reporter, TimeProvider.System, NullLoggerFactory.Instance);
        return new NodeContext(services, node, config, cluster.Address(1), new RunOptions(), journal, new PhaseClock(TimeProvider.System));
    }
}
