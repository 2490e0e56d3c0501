using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Rescue;
using Kronform.Provision.Ssh;
using Kronform.Provision.Testing;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Rescue;

public sealed class AgentLinkTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_that_said_its_last_word_but_hangs_in_its_end_is_not_waited_for()
    {
        var time = new ManualTime();
        var session = new HangingSession(
            new AgentStarted { Protocol = 1, AgentVersion = "1", Command = "inventory" },
            new AgentFailed { Code = AgentFailureCodes.DiskStalled, Message = "Waiting for a disk: sda has not answered a write for 120 s", DiskState = DiskStates.WithoutTable });
        var taking = Link(session, time).InventoryAsync(Token);
        await session.Said;

        time.Advance(TimeSpan.FromSeconds(31));
        var failure = await Assert.ThrowsAsync<ProvisionException>(() => taking);

        Assert.Equal(FailureCode.DiskStalled, failure.Code);
        Assert.Contains("sda has not answered", failure.Message);
    }

    [Fact]
    public async Task An_agent_that_falls_silent_without_a_last_word_is_given_up_after_five_minutes()
    {
        var time = new ManualTime();
        var session = new HangingSession(new AgentStarted { Protocol = 1, AgentVersion = "1", Command = "inventory" });
        var taking = Link(session, time).InventoryAsync(Token);
        await session.Said;

        time.Advance(TimeSpan.FromMinutes(4));
        Assert.False(taking.IsCompleted);
        time.Advance(TimeSpan.FromMinutes(2));
        var failure = await Assert.ThrowsAsync<ProvisionException>(() => taking);

        Assert.Equal(FailureCode.AgentFailed, failure.Code);
    }

    private static AgentLink Link(ISshSession session, TimeProvider time) => new(session, AgentBinary.Find(typeof(AgentLinkTests).Assembly.Location), time);

    /// <summary>A far side that says these lines and then neither ends nor says more.</summary>
    private sealed class HangingSession(params AgentEvent[] lines) : ISshSession
    {
        private readonly TaskCompletionSource _said = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Said => _said.Task;

        public async Task<SshResult> RunAsync(string command, SshInput? input, Action<string>? onLine, CancellationToken cancellation)
        {
            foreach (var line in lines) onLine!(ProtocolJson.ToLine(line));
            _said.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            throw new InvalidOperationException("unreachable");
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
