using Kronform.Provision.Runs.Acts;
using Kronform.Provision.Ssh;
using Kronform.Provision.Testing;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs.Acts;

/// <summary>Asking a rescue system to reboot, whatever state its other disks are in.</summary>
public sealed class DiskBootTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_rescue_system_that_does_not_answer_is_not_waited_for_longer_than_half_a_minute()
    {
        var time = new ManualTime();
        var session = new RebootingSession();
        var asking = DiskBoot.AskAsync(session, time, Token);
        await session.Asked;

        time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(asking.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2));

        await asking.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token);
    }

    [Fact]
    public async Task A_connection_that_dies_before_the_answer_is_no_failure() =>
        await DiskBoot.AskAsync(new RebootingSession { Lost = true }, new ManualTime(), Token);

    [Fact]
    public async Task The_operators_word_ends_the_asking()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var session = new RebootingSession();
        var asking = DiskBoot.AskAsync(session, new ManualTime(), stop.Token);
        await session.Asked;

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    [Fact]
    public async Task Nothing_that_may_wait_for_a_disk_stands_before_the_answer()
    {
        var session = new RebootingSession { Lost = true };
        await DiskBoot.AskAsync(session, new ManualTime(), Token);

        var detached = session.Command![..(session.Command!.IndexOf('&', session.Command.LastIndexOf(')')) + 1)];
        Assert.StartsWith("(", detached, StringComparison.Ordinal);
        Assert.Contains("sync; shutdown -r", detached, StringComparison.Ordinal);
        Assert.DoesNotContain("sync", session.Command[detached.Length..], StringComparison.Ordinal);
    }

    /// <summary>Takes the command and says nothing, or is gone.</summary>
    private sealed class RebootingSession : ISshSession
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Lost { get; init; }

        public string? Command { get; private set; }

        public Task Asked => _asked.Task;

        public async Task<SshResult> RunAsync(string command, SshInput? input, Action<string>? onLine, CancellationToken cancellation)
        {
            Command = command;
            if (Lost) throw new SshException(SshFailure.ConnectionLost, "gone");
            _asked.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            throw new InvalidOperationException("unreachable");
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
