using Kronform.Provision.Failures;
using Kronform.Provision.Ssh;
using Kronform.Provision.Testing;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Ssh;

public sealed class SshPipelinesTests
{
    [Theory]
    [InlineData(SshFailure.Refused, 3)]
    [InlineData(SshFailure.ConnectionLost, 3)]
    [InlineData(SshFailure.Unreachable, 2)]
    [InlineData(SshFailure.AuthenticationFailed, 1)]
    [InlineData(SshFailure.HostKeyMismatch, 1)]
    [InlineData(SshFailure.Protocol, 1)]
    public async Task Opening_is_tried_again_for_what_passes_and_never_for_a_refused_or_a_wrong_key(SshFailure failure, int tries) =>
        Assert.Equal(tries, await TriesAsync(time => SshPipelines.Opening(time), () => new SshException(failure, "no")));

    [Fact]
    public async Task The_agent_is_sent_again_when_it_did_not_arrive_whole_and_not_when_the_connection_is_gone()
    {
        Assert.Equal(3, await TriesAsync(time => SshPipelines.Delivery(time), () => new ProvisionException(FailureCode.AgentFailed, "cut")));
        Assert.Equal(1, await TriesAsync(time => SshPipelines.Delivery(time), () => new SshException(SshFailure.ConnectionLost, "gone")));
    }

    private static async Task<int> TriesAsync(Func<TimeProvider, Polly.ResiliencePipeline> create, Func<Exception> fails)
    {
        var time = new ManualTime();
        int tries = 0;
        var work = create(time).ExecuteAsync(_ =>
        {
            tries++;
            return ValueTask.FromException(fails());
        }, TestContext.Current.CancellationToken).AsTask();
        Assert.IsType(fails().GetType(), await Record.ExceptionAsync(() => time.RunAsync(work, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken)));
        Assert.InRange(time.GetUtcNow() - new ManualTime().GetUtcNow(), TimeSpan.Zero, TimeSpan.FromSeconds(3));
        return tries;
    }
}
