using Kronform.Provision.Runs.Joining;
using Kronform.Provision.Talos;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs.Joining;

/// <summary>Before a server that does not answer is reset: what the other control planes say of it.</summary>
public sealed class BlindResetTests
{
    private static readonly ControlPlaneAnswer.Members Knows = new("n5", [new TalosEtcdMember(1, "n4", [], [], false)]);
    private static readonly ControlPlaneAnswer.Members KnowsOthers = new("n5", [new TalosEtcdMember(2, "n5", [], [], false)]);
    private static readonly ControlPlaneAnswer.Silent Mute = new("n6", null);
    private static readonly ControlPlaneAnswer.CannotTell Unsure = new("n5", "its etcd is about to start");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_member_is_never_reset_blindly(bool lives) =>
        Assert.Contains("n5 has it among its etcd members", BlindReset.Objection("n4", [Mute, Knows], lives), StringComparison.Ordinal);

    [Fact]
    public void Where_no_control_plane_of_a_living_cluster_can_be_asked_nothing_is_reset() =>
        Assert.Contains("(n5, n6)", BlindReset.Objection("n4", [Unsure, Mute], lives: true), StringComparison.Ordinal);

    [Fact]
    public void A_cluster_that_never_lived_holds_nothing_up() => Assert.Null(BlindReset.Objection("n4", [Unsure, Mute], lives: false));

    [Fact]
    public void One_that_answers_and_does_not_know_the_node_is_enough() => Assert.Null(BlindReset.Objection("n4", [KnowsOthers, Mute], lives: true));

    [Fact]
    public void The_only_control_plane_has_nobody_to_ask() => Assert.Null(BlindReset.Objection("n4", [], lives: true));
}
