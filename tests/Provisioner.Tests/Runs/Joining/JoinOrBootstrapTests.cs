using Kronform.Provision.Cluster;
using Kronform.Provision.Runs.Joining;
using Kronform.Provision.Talos;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs.Joining;

/// <summary>An etcd that waits without data, and what the other control planes say.</summary>
public sealed class JoinOrBootstrapTests
{
    private static readonly NodeSpec Marked = Node("n1") with { Bootstrap = true };
    private static readonly NodeSpec Unmarked = Node("n2");
    private static readonly ControlPlaneAnswer Off = new ControlPlaneAnswer.Silent("n2", Suspicion: null);
    private static readonly ControlPlaneAnswer LostMember = new ControlPlaneAnswer.Silent("n2", "it was healthy once and does not answer");
    private static readonly ControlPlaneAnswer Waits = new ControlPlaneAnswer.NoEtcd("n3");
    private static readonly ControlPlaneAnswer Mute = new ControlPlaneAnswer.CannotTell("n3", "Unavailable: refused");
    private static readonly ControlPlaneAnswer Runs = new ControlPlaneAnswer.Members("n3", [new TalosEtcdMember(1, "n3", [], [], false)]);

    [Fact]
    public void The_marked_node_is_bootstrapped_when_nobody_has_or_may_have_etcd()
    {
        Assert.IsType<JoinOrBootstrap.Bootstrap>(JoinOrBootstrap.Of(Marked, Marked, []));
        Assert.IsType<JoinOrBootstrap.Bootstrap>(JoinOrBootstrap.Of(Marked, Marked, [Off, Waits]));
    }

    [Fact]
    public void One_voice_against_it_is_enough_whatever_the_others_say()
    {
        foreach (var voice in new[] { LostMember, Mute, Runs })
        foreach (var other in new[] { Off, Waits, LostMember, Mute })
        {
            Assert.IsNotType<JoinOrBootstrap.Bootstrap>(JoinOrBootstrap.Of(Marked, Marked, [other, voice]));
            Assert.IsNotType<JoinOrBootstrap.Bootstrap>(JoinOrBootstrap.Of(Marked, Marked, [voice, other]));
        }
    }

    [Fact]
    public void A_cluster_that_runs_is_joined_by_every_node_the_marked_one_too()
    {
        Assert.Equal(Runs, Assert.Single(Assert.IsType<JoinOrBootstrap.Join>(JoinOrBootstrap.Of(Marked, Marked, [Off, Mute, Runs])).Running));
        Assert.IsType<JoinOrBootstrap.Join>(JoinOrBootstrap.Of(Unmarked, Marked, [Runs]));
        Assert.IsType<JoinOrBootstrap.Join>(JoinOrBootstrap.Of(Unmarked, null, [Runs]));
    }

    [Fact]
    public void A_node_without_the_mark_never_bootstraps()
    {
        foreach (var answers in new IReadOnlyList<ControlPlaneAnswer>[] { [], [Off], [Waits], [Mute], [LostMember] })
        foreach (var marked in new[] { Marked, null })
            Assert.IsType<JoinOrBootstrap.Wait>(JoinOrBootstrap.Of(Unmarked, marked, answers));
    }

    [Theory]
    [InlineData("n1 to say", "CannotTell")]
    [InlineData("bootstrapped on n1, which is not configured yet", "Silent")]
    [InlineData("bootstrapped on n1", "NoEtcd")]
    [InlineData("n1 to say whether it has etcd: its port is mute", "Suspicion")]
    public void The_wait_says_for_whom(string expected, string answer)
    {
        ControlPlaneAnswer said = answer switch
        {
            "CannotTell" => new ControlPlaneAnswer.CannotTell("n1", "mute"),
            "Silent" => new ControlPlaneAnswer.Silent("n1", null),
            "Suspicion" => new ControlPlaneAnswer.Silent("n1", "its port is mute"),
            _ => new ControlPlaneAnswer.NoEtcd("n1"),
        };
        Assert.Contains(expected, Assert.IsType<JoinOrBootstrap.Wait>(JoinOrBootstrap.Of(Unmarked, Marked, [said])).For, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_any_mark_the_wait_names_the_missing_mark() =>
        Assert.Contains("bootstrap: true", Assert.IsType<JoinOrBootstrap.Wait>(JoinOrBootstrap.Of(Unmarked, null, [Off])).For, StringComparison.Ordinal);

    private static NodeSpec Node(string name) => new() { Name = name, ServerNumber = 1, Role = NodeRole.ControlPlane, ConfigPath = "c", Line = 1, Column = 1 };
}
