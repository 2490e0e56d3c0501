using Kronform.Provision.Cluster;
using Kronform.Provision.Runs;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs;

public sealed class SideBySideTests
{
    private static NodeSpec Node(string name, NodeRole role = NodeRole.Worker, bool bootstrap = false) =>
        new() { Name = name, ServerNumber = 1, Role = role, Bootstrap = bootstrap, ConfigPath = "n.yaml", Line = 1, Column = 1 };

    private static PreparedNode[] Workers(int count) => [.. Enumerable.Range(0, count).Select(n => new PreparedNode(Node($"w{n}"), null!))];

    [Fact]
    public void Whoever_others_wait_for_goes_first()
    {
        NodeSpec[] nodes = [Node("w1"), Node("c1", NodeRole.ControlPlane), Node("w2"), Node("c2", NodeRole.ControlPlane, bootstrap: true), Node("c3", NodeRole.ControlPlane)];

        Assert.Equal(["c2", "c1", "c3", "w1", "w2"], SideBySide.Order(nodes).Select(i => nodes[i].Name));
    }

    [Fact]
    public async Task No_more_than_the_degree_run_at_once_and_the_next_begins_as_soon_as_one_ends()
    {
        var begun = new List<(string Name, TaskCompletionSource End)>();
        var all = SideBySide.RunAsync(Workers(5), 2, async n =>
        {
            var end = new TaskCompletionSource();
            begun.Add((n.Node.Name, end));
            await end.Task;
            return n.Node.Name;
        });

        Assert.Equal(["w0", "w1"], begun.Select(b => b.Name));
        begun[1].End.SetResult();
        Assert.Equal(["w0", "w1", "w2"], begun.Select(b => b.Name));
        for (int i = 2; i < 5; i++) begun[i].End.SetResult();
        Assert.False(all.IsCompleted);
        begun[0].End.SetResult();

        Assert.Equal(["w0", "w1", "w2", "w3", "w4"], await all);
    }

    [Fact]
    public async Task Results_come_in_the_order_that_was_asked_for()
    {
        PreparedNode[] nodes = [new(Node("w1"), null!), new(Node("c1", NodeRole.ControlPlane, bootstrap: true), null!)];
        var begun = new List<string>();

        var results = await SideBySide.RunAsync(nodes, 1, n =>
        {
            begun.Add(n.Node.Name);
            return Task.FromResult(n.Node.Name);
        });

        Assert.Equal(["c1", "w1"], begun);
        Assert.Equal(["w1", "c1"], results);
    }
}
