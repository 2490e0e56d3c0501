using System.Text.Json;
using Kronform.Provision.Cluster;
using Kronform.Provision.Runs;
using Kronform.Provision.Runs.Looking;
using Kronform.Provision.Talos;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs.Looking;

public sealed class NodeStandingTests
{
    private static readonly NodeSpec Node = new() { Name = "n1", ServerNumber = 1, Role = NodeRole.ControlPlane, ConfigPath = "c", Line = 1, Column = 1 };

    [Fact]
    public void Every_observation_has_a_name_of_its_own_that_the_documentation_lists()
    {
        Observation[] all =
        [
            new Observation.Silent(""), new Observation.Rescue("", ""), new Observation.RescueOfOthers(true, ""), new Observation.WrongHostKey(""), new Observation.UnprovenRescue(""),
            new Observation.ForeignSystem(""), new Observation.Vkvm(""), new Observation.Unclear(""), new Observation.Maintenance(true, ""), new Observation.Maintenance(false, ""),
            Configured("etcd-member", ConditionState.Ok, "voter"), new Observation.ConfiguredForeign(""),
        ];
        Assert.Equal(typeof(Observation).GetNestedTypes().Length, all.Select(o => o.GetType()).Distinct().Count());
        var names = all.Select(NodeStanding.KindOf).ToList();
        Assert.Equal(names.Count, names.Distinct().Count());
        string documented = File.ReadAllText(Path.Combine(Failures.RepositoryRoot.Path, "docs", "output.md"));
        Assert.All(names.Append("unknown"), name => Assert.Contains($"`{name}`", documented, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(ConditionState.Ok, "voter", "voter")]
    [InlineData(ConditionState.Waiting, "etcd learner n1 to become a voter", "learner")]
    [InlineData(ConditionState.Waiting, "n1 to be an etcd member", "none")]
    public void The_place_in_etcd_is_the_nodes_own_word(ConditionState state, string reason, string expected) =>
        Assert.Equal(expected, NodeStanding.Of(Node, null, Configured("etcd-member", state, reason), "v1.13.9", TalosStage.Running, null).Etcd);

    [Fact]
    public void JSON_leaves_out_what_is_not_known_and_names_conditions_and_states()
    {
        using var silent = JsonDocument.Parse(NodeStanding.Of(Node, "10.0.0.1", new Observation.Silent("nothing answers"), null, null, null).ToJson());
        Assert.Equal(["event", "node", "role", "address", "what", "evidence"], silent.RootElement.EnumerateObject().Select(p => p.Name));
        using var configured = JsonDocument.Parse(NodeStanding.Of(Node, "10.0.0.1", Configured("etcd-quorum", ConditionState.NotAsked, "why"), "v1.13.9", TalosStage.Running, "fits").ToJson());
        var condition = configured.RootElement.GetProperty("health")[0];
        Assert.Equal(("etcd-quorum", "not-asked", "why"), (condition.GetProperty("name").GetString(), condition.GetProperty("state").GetString(), condition.GetProperty("reason").GetString()));
        Assert.Equal("running", configured.RootElement.GetProperty("stage").GetString());
    }

    [Fact]
    public void Text_is_one_line_a_node_below_a_heading()
    {
        var lines = StandingText.Lines(
        [
            NodeStanding.Of(Node, "10.0.0.1", new Observation.Silent("nothing answers"), null, null, null),
            NodeStanding.Of(Node with { Name = "node-2" }, "10.0.0.2", Configured("etcd-member", ConditionState.Ok, "voter"), "v1.13.9", TalosStage.Running, "runs from S1, as asked for"),
        ]).ToList();
        Assert.Equal(3, lines.Count);
        Assert.Equal(lines[0].IndexOf("ROLE", StringComparison.Ordinal), lines[1].IndexOf("controlplane", StringComparison.Ordinal));
        Assert.Equal(lines[1].IndexOf("controlplane", StringComparison.Ordinal), lines[2].IndexOf("controlplane", StringComparison.Ordinal));
        Assert.EndsWith("disks: runs from S1, as asked for", lines[2], StringComparison.Ordinal);
    }

    private static Observation.Configured Configured(string condition, ConditionState state, string reason) => new(
        new NodeHealth(state == ConditionState.Ok, false, reason) { IsJoining = state == ConditionState.Waiting, Conditions = [new HealthCondition(condition, state, reason)] }, "Talos");
}
