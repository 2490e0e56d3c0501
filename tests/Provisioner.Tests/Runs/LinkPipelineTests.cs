using Kronform.Provision.Failures;
using Kronform.Provision.Runs;
using Kronform.Provision.Ssh;
using Kronform.Provision.Testing;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs;

public sealed class LinkPipelineTests
{
    public static TheoryData<Exception, int> Interruptions => new()
    {
        { new SshException(SshFailure.ConnectionLost, "cut"), 7 },
        { new SshException(SshFailure.Refused, "refused"), 7 },
        { new SshException(SshFailure.Unreachable, "silent"), 7 },
        { new ProvisionException(FailureCode.DiskBusy, "held"), 7 },
        { new SshException(SshFailure.AuthenticationFailed, "denied"), 1 },
        { new SshException(SshFailure.HostKeyMismatch, "another"), 1 },
        { new SshException(SshFailure.Protocol, "no shell"), 1 },
        { new ProvisionException(FailureCode.DiskWrite, "bad sector"), 1 },
        { new ProvisionException(FailureCode.AgentFailed, "no result"), 1 },
    };

    [Theory]
    [MemberData(nameof(Interruptions), DisableDiscoveryEnumeration = true)]
    public async Task The_loop_begins_again_after_a_lost_link_or_a_held_disk_and_after_nothing_else(Exception interruption, int expected)
    {
        var time = new ManualTime();
        int rounds = 0;
        var told = new List<Exception>();
        var work = LinkPipeline.Create(time, e => { told.Add(e); return ValueTask.CompletedTask; }).ExecuteAsync(_ =>
        {
            rounds++;
            return ValueTask.FromException(interruption);
        }, TestContext.Current.CancellationToken).AsTask();

        Assert.Same(interruption, await Record.ExceptionAsync(() => time.RunAsync(work, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken)));

        Assert.Equal((expected, expected - 1), (rounds, told.Count));
    }

    [Fact]
    public async Task An_agent_that_was_left_behind_is_given_time_to_notice()
    {
        var time = new ManualTime();
        var begun = new List<TimeSpan>();
        var start = time.GetUtcNow();
        var work = LinkPipeline.Create(time, _ => ValueTask.CompletedTask).ExecuteAsync(_ =>
        {
            begun.Add(time.GetUtcNow() - start);
            return begun.Count switch
            {
                1 => ValueTask.FromException(new SshException(SshFailure.ConnectionLost, "cut")),
                2 => ValueTask.FromException(new ProvisionException(FailureCode.DiskBusy, "held")),
                _ => ValueTask.CompletedTask,
            };
        }, TestContext.Current.CancellationToken).AsTask();

        await time.RunAsync(work, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        Assert.Equal([TimeSpan.Zero, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(7)], begun);
    }
}
