using Kronform.Provision.Runs.Joining;
using Kronform.Provision.Talos;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs.Joining;

/// <summary>Talos's answers to Bootstrap, by version, and what follows from each.</summary>
public sealed class BootstrapAnswerTests
{
    [Theory]
    // Too early: every version, and 1.14 with an installation under way.
    [InlineData(GrpcCode.FailedPrecondition, "bootstrap is not available yet")]
    [InlineData(GrpcCode.FailedPrecondition, "time is not in sync yet")]
    // From 1.13 on, before the machine config is loaded.
    [InlineData(GrpcCode.Unimplemented, "machine type is not set, cannot use bootstrap API")]
    // The answer was lost, or is one that no version is known to give: the node may have taken it.
    [InlineData(GrpcCode.Unavailable, "connection refused")]
    [InlineData(GrpcCode.DeadlineExceeded, "no answer within 30 s")]
    [InlineData(GrpcCode.Cancelled, "the node broke the call off")]
    [InlineData(GrpcCode.Unknown, "something")]
    [InlineData(GrpcCode.Internal, "the stream ended inside a frame")]
    [InlineData(GrpcCode.Aborted, "something")]
    [InlineData(GrpcCode.ResourceExhausted, "something")]
    public void The_same_node_is_asked_again(GrpcCode code, string detail) =>
        Assert.IsType<BootstrapAnswer.AskAgain>(BootstrapAnswer.Of(code, detail));

    [Theory]
    [InlineData(GrpcCode.FailedPrecondition, "bootstrap can only be performed on a control plane node", "worker")]
    [InlineData(GrpcCode.Unimplemented, "bootstrap is only available on control plane nodes", "worker")]
    [InlineData(GrpcCode.InvalidArgument, "etcd is not configured, bootstrap is not possible", "configures no etcd")]
    [InlineData(GrpcCode.PermissionDenied, "not authorized", "os:admin")]
    [InlineData(GrpcCode.Unimplemented, "unknown method Bootstrap", "unknown method")]
    public void What_will_never_work_is_said_at_once(GrpcCode code, string detail, string expected) =>
        Assert.Contains(expected, Assert.IsType<BootstrapAnswer.Refused>(BootstrapAnswer.Of(code, detail)).Reason, StringComparison.Ordinal);

    [Fact]
    public void A_clock_that_is_not_in_sync_is_named() =>
        Assert.Contains("NTP", Assert.IsType<BootstrapAnswer.AskAgain>(BootstrapAnswer.Of(GrpcCode.FailedPrecondition, "time is not in sync yet")).Reason, StringComparison.Ordinal);

    [Fact]
    public void Only_an_answer_without_an_error_is_an_acceptance()
    {
        foreach (var code in Enum.GetValues<GrpcCode>())
            Assert.Equal(code == GrpcCode.Ok, BootstrapAnswer.Of(code, "") is BootstrapAnswer.Accepted);
    }

    [Fact]
    public void Data_that_is_there_already_counts_only_when_the_member_list_shows_the_node()
    {
        Assert.IsType<BootstrapAnswer.HasData>(BootstrapAnswer.Of(GrpcCode.AlreadyExists, "etcd data directory is not empty"));
        Assert.IsType<BootstrapAnswer.AskAgain>(BootstrapAnswer.WithData("n1", null));
        Assert.IsType<BootstrapAnswer.Accepted>(BootstrapAnswer.WithData("n1", [Member("n1"), Member("n2")]));
        var foreign = Assert.IsType<BootstrapAnswer.Refused>(BootstrapAnswer.WithData("n1", [Member("x1")]));
        Assert.Contains("x1", foreign.Reason, StringComparison.Ordinal);
    }

    private static TalosEtcdMember Member(string hostname) => new(1, hostname, [], [], false);
}
