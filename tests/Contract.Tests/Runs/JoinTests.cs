using Kronform.Provision.Contract.Tests.Talos;
using Kronform.Provision.Failures;
using Kronform.Provision.Runs;
using Kronform.Provision.Talos;
using Kronform.Provision.TalosEmulator;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Runs;

/// <summary>Nodes that cannot join say why, and what would do harm is refused before it is done.</summary>
public sealed class JoinTests
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(4);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_control_plane_under_the_name_of_a_member_gets_no_config_and_the_member_stays()
    {
        await using var bench = new ClusterBench();
        await bench.StartAsync(1);
        (await bench.RunAsync(1)).AssertHealthy(changed: true);
        using var first = bench.Cluster.Client(1);
        ulong member = Assert.Single(await first.EtcdMembersAsync(false, Cancellation)).Id;

        await bench.StartAsync(2);
        bench.WriteConfig(2, "controlplane", hostname: "n1");
        var attempt = await bench.RunAsync(2, Short);

        Assert.Equal(FailureCode.MachineConfigInvalid, attempt.Failure?.Code);
        Assert.Contains("which is n1", attempt.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(0, bench.Cluster.Node(2).Counters.ConfigsApplied);
        Assert.Equal(member, Assert.Single(await first.EtcdMembersAsync(false, Cancellation)).Id);
    }

    [Fact]
    public async Task A_joining_control_plane_is_watched_from_learner_to_voter()
    {
        await using var bench = new ClusterBench(learning: TimeSpan.FromSeconds(3));
        await bench.StartAsync(1);
        (await bench.RunAsync(1)).AssertHealthy(changed: true);
        await bench.StartAsync(2);
        var attempt = await bench.RunAsync(2);
        attempt.AssertHealthy(changed: true);
        Assert.Contains("waiting for etcd learner n2 to become a voter", attempt.Statuses);
        Assert.EndsWith("etcd member of 2", attempt.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_control_plane_whose_endpoint_leads_to_itself_says_so()
    {
        await using var bench = new ClusterBench();
        await bench.StartAsync(1);
        (await bench.RunAsync(1)).AssertHealthy(changed: true);
        bench.WriteConfig(2, "controlplane", endpointNode: 2);
        await bench.StartAsync(2);

        var attempt = await bench.RunAsync(2, Short);

        Assert.Equal(FailureCode.TalosUnhealthy, attempt.Failure?.Code);
        Assert.Contains("leads to the node itself", attempt.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(1, bench.Bootstraps(1, 2));
    }

    [Fact]
    public async Task A_control_plane_before_the_bootstrap_names_the_node_it_waits_for()
    {
        await using var bench = new ClusterBench();
        await bench.StartAsync(2);
        var attempt = await bench.RunAsync(2, Short);
        Assert.Equal(FailureCode.TalosUnhealthy, attempt.Failure?.Code);
        Assert.Contains("bootstrapped on n1, which is not configured yet", attempt.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(0, bench.Bootstraps(2));
    }

    [Fact]
    public async Task A_worker_without_a_control_plane_names_trustd()
    {
        await using var bench = new ClusterBench();
        await bench.StartAsync(3);
        var attempt = await bench.RunAsync(3, Short);
        Assert.Equal(FailureCode.TalosUnreachable, attempt.Failure?.Code);
        Assert.Contains("trustd (50001/tcp)", attempt.Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_control_plane_that_was_healthy_once_and_is_silent_now_holds_up_a_bootstrap()
    {
        await using var bench = new ClusterBench();
        await bench.StartConfiguredAsync(1);
        using (var journal = JournalFile.Open(Path.Combine(bench.State.Node("n2"), "0000.journal"), TimeProvider.System)) journal.Append(new NodeHealthy());

        var attempt = await bench.RunAsync(1, Short);
        Assert.Contains("n2 to say whether it has etcd", attempt.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(0, bench.Bootstraps(1));

        Directory.Delete(bench.State.Node("n2"), recursive: true);
        (await bench.RunAsync(1)).AssertHealthy(changed: true);
    }

    [Theory]
    [InlineData("its etcd is not ready to start", 3600, 0)]
    [InlineData("its etcd has data and is about to start", 0, 3600)]
    public async Task A_member_that_boots_is_not_taken_for_one_that_never_had_etcd(string expected, int untilCri, int preparing)
    {
        await using var bench = new ClusterBench();
        // Its endpoint leads to itself, as behind a name that resolves to each of them.
        bench.WriteConfig(2, "controlplane", endpointNode: 2);
        await bench.StartConfiguredAsync(2);
        using (var second = bench.Cluster.Client(2))
        {
            await second.BootstrapAsync(Cancellation);
            await Eventually.Async("etcd on n2", () => second.EtcdMembersAsync(false, Cancellation), m => m.Count == 1);
        }

        await bench.RestartAsync(2, t => t with { CriUp = TimeSpan.FromSeconds(untilCri), EtcdPrepare = TimeSpan.FromSeconds(preparing) });
        await bench.StartConfiguredAsync(1);

        var attempt = await bench.RunAsync(1, Short);
        Assert.Equal(FailureCode.TalosUnhealthy, attempt.Failure?.Code);
        Assert.Contains($"n2 to say whether it has etcd ({expected}", attempt.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(0, bench.Bootstraps(1));
    }

    [Fact]
    public async Task A_node_that_still_has_the_name_it_made_up_is_waited_for()
    {
        await using var bench = new ClusterBench();
        await bench.StartAsync(1, t => t with { HostnameSet = TimeSpan.FromSeconds(2), KubeletUp = TimeSpan.FromSeconds(3) });
        var attempt = await bench.RunAsync(1);
        attempt.AssertHealthy(changed: true);
        Assert.Contains("waiting for its host name to become n1 (it calls itself \"talos-1x2-3y4\")", attempt.Statuses);
    }

    [Fact]
    public async Task A_running_node_of_another_name_is_another_node()
    {
        await using var bench = new ClusterBench();
        await bench.StartAsync(1);
        (await bench.RunAsync(1)).AssertHealthy(changed: true);
        bench.WriteConfig(1, "controlplane", hostname: "n7");
        Assert.Equal(FailureCode.TalosForeign, (await bench.RunAsync(1, Short)).Failure?.Code);
    }

    [Fact]
    public async Task A_control_plane_whose_port_is_open_and_mute_holds_up_a_bootstrap_until_it_is_gone()
    {
        await using var bench = new ClusterBench();
        await bench.StartConfiguredAsync(1);
        var mute = await bench.Cluster.StartAsync(2, faults: new EmulatorFaults { HalfOpen = true }, port: TalosClient.DefaultPort);

        var attempt = await bench.RunAsync(1, TimeSpan.FromSeconds(8));
        Assert.Equal(FailureCode.TalosUnhealthy, attempt.Failure?.Code);
        Assert.Contains("n2 to say whether it has etcd: a machine is up there", attempt.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(0, bench.Bootstraps(1));

        await mute.DisposeAsync();
        (await bench.RunAsync(1)).AssertHealthy(changed: true);
        Assert.Equal(1, bench.Bootstraps(1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_first_bootstrap_goes_on_beside_a_control_plane_that_is_not_installed_yet(bool maintenance)
    {
        await using var bench = new ClusterBench();
        await bench.StartConfiguredAsync(1);
        if (maintenance) await bench.StartAsync(2);
        (await bench.RunAsync(1)).AssertHealthy(changed: true);
        Assert.Equal(1, bench.Bootstraps(1));
    }

    [Fact]
    public async Task A_clock_that_is_not_in_sync_delays_the_bootstrap_and_is_named()
    {
        await using var bench = new ClusterBench();
        await bench.StartConfiguredAsync(1);
        bench.Cluster.Node(1).Faults.ClockNotInSync = true;
        var attempt = await bench.RunAsync(1, Short);
        Assert.Equal(FailureCode.TalosUnhealthy, attempt.Failure?.Code);
        Assert.Equal(0, bench.Bootstraps(1));
        bench.Cluster.Node(1).Faults.ClockNotInSync = false;
        (await bench.RunAsync(1)).AssertHealthy(changed: true);
        Assert.Equal(1, bench.Bootstraps(1));
    }

    [Fact]
    public async Task Two_etcd_clusters_are_never_called_healthy()
    {
        await using var bench = new ClusterBench();
        bench.WriteConfig(2, "controlplane", endpointNode: 2);
        await bench.StartConfiguredAsync(1);
        await bench.StartConfiguredAsync(2);
        foreach (int n in new[] { 1, 2 })
        {
            using var talos = bench.Cluster.Client(n);
            await talos.BootstrapAsync(Cancellation);
            await Eventually.Async($"etcd on n{n}", () => talos.EtcdMembersAsync(false, Cancellation), m => m.Count == 1);
        }

        var attempt = await bench.RunAsync(1, Short);
        Assert.Equal(FailureCode.TalosUnhealthy, attempt.Failure?.Code);
        Assert.Contains("member list here (n1) to be that of n2 (n2)", attempt.Failure!.Message, StringComparison.Ordinal);
    }
}
