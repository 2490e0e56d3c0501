using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Rescue;
using Kronform.Provision.Ssh;
using Kronform.Provision.Testing;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Rescue;

/// <summary>What ends a job, and what only ends the listening.</summary>
public sealed class AgentJobsTests
{
    private static readonly WriteOrder Order = new()
    {
        Disk = new DiskIdentity("S1", null, 1 << 30),
        DiskStateHash = "",
        Node = "n4",
        PlanHash = "",
        BootNonce = "nonce",
        Image = new ImageSource { Kind = "http", Url = "http://images.example/talos", Sha256 = "" },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_that_does_not_move_is_cancelled_and_not_left_behind()
    {
        var time = new ManualTime();
        var session = new JobSession();
        var writing = new AgentJobs(session, time).WriteAsync("one", Order, null, _ => { }, Token);
        await session.Said;

        time.Advance(TimeSpan.FromMinutes(6));
        var failure = await Assert.ThrowsAsync<ProvisionException>(() => writing);

        Assert.Equal(FailureCode.AgentFailed, failure.Code);
        Assert.Contains("job one", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["start one write", "cancel one"], session.Commands);
    }

    [Fact]
    public async Task A_listener_that_fails_on_this_side_cancels_the_job()
    {
        var session = new JobSession();
        await Assert.ThrowsAsync<IOException>(() => new AgentJobs(session, new ManualTime()).WriteAsync("one", Order, null, _ => throw new IOException("no room"), Token));

        Assert.Equal(["start one write", "cancel one"], session.Commands);
    }

    [Fact]
    public async Task A_listener_that_failed_hears_no_more_and_so_takes_nothing_for_whole()
    {
        var session = new JobSession
        {
            Says =
            [
                new BytesSaved { Index = 2, OffsetBytes = 0, LengthBytes = 1, Gzip = [1] },
                new BytesSaved { Index = 3, OffsetBytes = 1, LengthBytes = 1, Gzip = [2] },
                new SavingDone { Index = 4, Pieces = 2, Bytes = 2 },
            ],
        };
        var heard = new List<int>();
        void Listen(AgentEvent agentEvent)
        {
            heard.Add(agentEvent.Index);
            if (agentEvent is BytesSaved) throw new IOException("no room");
        }

        await Assert.ThrowsAsync<IOException>(() => new AgentJobs(session, new ManualTime()).WriteAsync("one", Order, null, Listen, Token));

        Assert.Equal([1, 2], heard);
    }

    [Fact]
    public async Task A_lost_connection_cancels_nothing()
    {
        var session = new JobSession { Lost = true };
        await Assert.ThrowsAsync<SshException>(() => new AgentJobs(session, new ManualTime()).RejoinAsync("one", 7, null, _ => { }, Token));

        Assert.Equal(["attach one 7 send"], session.Commands);
    }

    /// <summary>A job that has begun and says no more, until it is cancelled.</summary>
    private sealed class JobSession : ISshSession
    {
        private readonly TaskCompletionSource _said = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Lost { get; init; }

        /// <summary>Once it has begun.</summary>
        public AgentEvent[] Says { get; init; } = [];

        public Task Said => _said.Task;

        public List<string> Commands { get; } = [];

        public async Task<SshResult> RunAsync(string command, SshInput? input, Action<string>? onLine, CancellationToken cancellation)
        {
            var arguments = command[(command.IndexOf(AgentBinary.FileName, StringComparison.Ordinal) + AgentBinary.FileName.Length + 1)..];
            Commands.Add(arguments);
            if (Lost) throw new SshException(SshFailure.ConnectionLost, "gone");
            if (arguments.StartsWith("cancel", StringComparison.Ordinal))
            {
                onLine!(ProtocolJson.ToLine(new AgentFailed { Index = 9, Code = AgentFailureCodes.Cancelled, Message = "Cancelled", DiskState = DiskStates.WithoutTable }));
                return new SshResult(1, null, "", "");
            }

            onLine!(ProtocolJson.ToLine(new AgentStarted { Index = 1, Protocol = 1, AgentVersion = "1", Command = "write" }));
            foreach (var said in Says) onLine(ProtocolJson.ToLine(said));
            _said.TrySetResult();
            // As a real connection: what its input's source throws comes out of the command.
            await input!.Content.CopyToAsync(Stream.Null, cancellation);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            throw new InvalidOperationException("unreachable");
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
