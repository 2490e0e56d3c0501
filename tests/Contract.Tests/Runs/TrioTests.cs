using Kronform.Provision.Cluster.Kubeconfigs;
using Kronform.Provision.Failures;
using Kronform.Provision.Runs.Looking;
using Kronform.Provision.Talos;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Runs;

/// <summary>Two control planes and a worker, from maintenance mode to healthy, by the run engine over real TLS.</summary>
public sealed class TrioTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("v1.7.7")]
    [InlineData("v1.13.9")]
    public async Task Three_nodes_at_once_become_one_cluster_and_run_again_nothing_changes(string release)
    {
        await using var bench = new ClusterBench(release);
        for (int n = 1; n <= 3; n++) await bench.StartAsync(n);

        var first = await Task.WhenAll(bench.RunAsync(1), bench.RunAsync(2), bench.RunAsync(3));
        Assert.All(first, a => a.AssertHealthy(changed: true));
        Assert.Contains("member of 2", first[1].Summary, StringComparison.Ordinal);
        Assert.Contains(first[1].Notes, n => n.Contains("two voters", StringComparison.Ordinal));
        Assert.Contains(first[0].Notes, n => n.Contains("NotReady", StringComparison.Ordinal));

        foreach (int n in new[] { 1, 2, 3 }) (await bench.RunAsync(n)).AssertHealthy(changed: false);
        Assert.Equal((1, 0), (bench.Bootstraps(1), bench.Bootstraps(2, 3)));
        Assert.All(Enumerable.Range(1, 3), n => Assert.Equal(1, bench.Cluster.Node(n).Counters.ConfigsApplied));
    }

    [Fact]
    public async Task One_after_the_other_works_in_any_order_that_begins_with_the_marked_one()
    {
        await using var bench = new ClusterBench();
        for (int n = 1; n <= 3; n++) await bench.StartAsync(n);
        foreach (int n in new[] { 1, 3, 2 }) (await bench.RunAsync(n)).AssertHealthy(changed: true);
        Assert.Equal(1, bench.Bootstraps(1, 2, 3));
    }

    [Fact]
    public async Task NotReady_for_want_of_a_CNI_fails_a_node_only_where_provision_yaml_says_so()
    {
        await using var bench = new ClusterBench();
        bench.Mark(1, health: "{ requireNodeReady: true }");
        await bench.StartAsync(1);
        var strict = await bench.RunAsync(1, TimeSpan.FromSeconds(6));
        Assert.Equal(FailureCode.TalosUnhealthy, strict.Failure?.Code);
        Assert.Contains("nodeReady", strict.Failure!.Message, StringComparison.Ordinal);

        bench.Mark(1, health: "{ requireNodeReady: false }");
        var lenient = await bench.RunAsync(1);
        lenient.AssertHealthy(changed: false);
        Assert.Contains(lenient.Notes, n => n.Contains("NotReady", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Status_says_what_each_node_is_without_Robot_and_leaves_no_trace()
    {
        await using var bench = new ClusterBench();
        for (int n = 1; n <= 2; n++) await bench.StartAsync(n);
        (await bench.RunAsync(1)).AssertHealthy(changed: true);
        string[] before = Directory.GetFileSystemEntries(bench.State.Root, "*", SearchOption.AllDirectories);

        using var access = await bench.LookAsync();
        Assert.NotNull(access.WithoutRobot);
        var look = new NodeLook(access);
        var standings = await Task.WhenAll(access.Cluster.Nodes.Select(n => look.AtAsync(n, Cancellation)));

        Assert.Equal(["configured", "maintenance-ours", "silent"], standings.Select(s => s.What));
        Assert.Equal(("v1.13.9", "running", "voter", true), (standings[0].TalosVersion, standings[0].Stage, standings[0].Etcd, standings[0].Healthy));
        Assert.Equal(("v1.13.9", "maintenance", null), (standings[1].TalosVersion, standings[1].Stage, standings[1].Etcd));
        Assert.Contains("S1", standings[0].Disks, StringComparison.Ordinal);
        string[] asked = ["memory-size", "disk-size", "static-pods-running", "control-plane-components-ready", "kube-proxy-ready"];
        Assert.All(asked, name => Assert.True(standings[0].Health!.Single(c => c.Name == name).State == ConditionState.Ok, standings[0].Health!.Single(c => c.Name == name).ToString()));
        Assert.NotNull(standings[1].Disks);
        Assert.Equal(before.Order(), Directory.GetFileSystemEntries(bench.State.Root, "*", SearchOption.AllDirectories).Order());
        Assert.Equal(0, bench.Cluster.Node(2).Counters.ConfigsApplied);
    }

    [Fact]
    public async Task The_kubeconfig_comes_from_a_control_plane_that_answers()
    {
        await using var bench = new ClusterBench();
        using var access = await bench.LookAsync();
        var nobody = await Assert.ThrowsAsync<ProvisionException>(() => KubeconfigFetch.RunAsync(access.Services, bench.PathOf("kube/config"), Cancellation));
        Assert.Equal(FailureCode.Kubeconfig, nobody.Code);
        Assert.Contains("n2:", nobody.Message, StringComparison.Ordinal);

        await bench.StartConfiguredAsync(2);
        string said = await KubeconfigFetch.RunAsync(access.Services, bench.PathOf("kube/config"), Cancellation);
        Assert.Contains("--context admin@emulated", said, StringComparison.Ordinal);
        Assert.Contains("https://", File.ReadAllText(bench.PathOf("kube/config")), StringComparison.Ordinal);
        Assert.Equal("admin@emulated", KubeconfigMerge.Into(null, File.ReadAllText(bench.PathOf("kube/config"))).Context);
    }
}
