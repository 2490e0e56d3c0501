using Kronform.Provision.VirtualRack.Machines;

namespace Kronform.Provision.VirtualRack.Tests.Runs;

/// <summary>A whole small cluster from blank servers: one node bootstrapped, a control plane joined to it, a worker.</summary>
public sealed class TrioTests
{
    private static readonly string[] Nodes = ["n1", "n2", "n3"];

    [Fact]
    public async Task Three_blank_servers_become_one_cluster_and_a_second_run_changes_nothing()
    {
        await using var rack = await ProvisionedRack.StartAsync("trio");
        var ceph = (await rack.DisksAsync("n1"))["ceph"];
        string kubeconfig = Path.Combine(rack.StateFolder, "..", "kubeconfig");

        var run = await rack.ProvisionAsync([.. Nodes, $"--kubeconfig={kubeconfig}"]);
        foreach (string node in Nodes) run.AssertHealthy("changed", node);
        Assert.Contains("member of 2", run.Result("n2")!.Json, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(kubeconfig));

        var again = await rack.ProvisionAsync(Nodes);
        foreach (string node in Nodes) again.AssertHealthy("unchanged", node);

        var status = await rack.ProvisionAsync(["status"]);
        Assert.Equal(0, status.ExitCode);
        Assert.Equal(["voter", "voter", null], Nodes.Select(n => status.Events.Single(e => e.Node == n).Member("etcd")));
        Assert.All(status.Events, e => Assert.Equal("configured", e.Member("what")));

        int[] bootstraps = await Task.WhenAll(Nodes.Select(rack.BootstrapsAsync));
        Assert.Equal([1, 0, 0], bootstraps);
        Assert.Equal(ceph, (await rack.DisksAsync("n1"))["ceph"]);
        foreach (string node in Nodes)
        {
            var machine = await rack.Rack.NodeAsync(node, TestContext.Current.CancellationToken);
            Assert.Equal(1, machine.Resets);
            Assert.Equal(1, machine.Boots.Count(b => b.Kind == BootKind.Rescue));
        }
    }
}
