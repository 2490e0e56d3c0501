using System.Diagnostics;
using Kronform.Provision.Ssh;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Ssh;

public abstract partial class SshClientContract
{
    [Theory]
    [InlineData("sleep 1002")]
    [InlineData("while :; do :; done")]
    [InlineData("trap '' TERM; while :; do sleep 0.1; done")]
    [InlineData("setsid sleep 1002 & nohup sleep 1002 >/dev/null 2>&1 & wait")]
    [InlineData("yes")]
    public async Task Cancelling_ends_a_command_that_does_not_read(string command)
    {
        await using var session = await OpenAsync();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var running = session.RunAsync($"touch /mnt/started; {command}", null, null, cancel.Token);
        await FileAppearsAsync("started");

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Empty(FarLeftovers("/mnt/started"));
        Assert.Empty(FarLeftovers("1002"));
        Assert.True((await session.RunAsync("true", null, null, Token)).Succeeded);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancelling_ends_a_command_that_ignores_its_input(bool keepOpen)
    {
        await using var session = await OpenAsync();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var running = session.RunAsync(
            "touch /mnt/started; while :; do :; done", new SshInput(new PatternStream(50 * Megabyte, true), KeepOpen: keepOpen), null, cancel.Token);
        await FileAppearsAsync("started");

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Empty(FarLeftovers("/mnt/started"));
    }

    [Fact]
    public async Task Cancelling_at_any_moment_of_the_start_leaves_nothing()
    {
        await using var session = await OpenAsync();
        for (var delay = 0; delay < 24; delay += 2)
        {
            using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(delay), TimeProvider.System);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.RunAsync("sleep 1003", null, null, cancel.Token));
            Assert.Empty(FarLeftovers("sleep 1003"));
        }

        Assert.True((await session.RunAsync("true", null, null, Token)).Succeeded);
    }

    [Fact]
    public async Task A_cut_connection_is_lost_and_ends_the_command()
    {
        await using var session = await OpenAsync();
        var deaf = session.RunAsync("touch /mnt/started; while :; do :; done", null, null, Token);
        var fed = session.RunAsync(
            "cat > /mnt/received && touch /mnt/complete", new SshInput(new PatternStream(9 * Megabyte, true) { StallsAt = Megabyte }), null, Token);
        await FileAppearsAsync("started");
        await FileAppearsAsync("received");

        await Server.SignalConnectionsAsync("KILL");

        Assert.Equal(SshFailure.ConnectionLost, (await Assert.ThrowsAsync<SshException>(() => deaf)).Failure);
        Assert.Equal(SshFailure.ConnectionLost, (await Assert.ThrowsAsync<SshException>(() => fed)).Failure);
        await FarIsEmptyAsync();
        Assert.False(File.Exists(Shared("complete")));
        Assert.Equal(SshFailure.ConnectionLost, (await Assert.ThrowsAsync<SshException>(() => session.RunAsync("true", null, null, Token))).Failure);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_stalls_is_lost_within_the_keep_alive_limit(bool whileSending)
    {
        await using var session = await OpenAsync();
        var running = session.RunAsync(
            "touch /mnt/started; cat >/dev/null; sleep 1004", whileSending ? new SshInput(new PatternStream(long.MaxValue / 2, false)) : null, null, Token);
        await FileAppearsAsync("started");

        var clock = Stopwatch.StartNew();
        await Server.SignalConnectionsAsync("STOP");

        Assert.Equal(SshFailure.ConnectionLost, (await Assert.ThrowsAsync<SshException>(() => running)).Failure);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 6);
        await Server.SignalConnectionsAsync("CONT");
        await FarIsEmptyAsync();
    }

    [Fact]
    public async Task Cancelling_on_a_stalled_connection_is_bounded()
    {
        await using var session = await OpenAsync();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var running = session.RunAsync("touch /mnt/started; sleep 1005", null, null, cancel.Token);
        await FileAppearsAsync("started");
        await Server.SignalConnectionsAsync("STOP");

        var clock = Stopwatch.StartNew();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 8);
        await Server.SignalConnectionsAsync("CONT");
        await FarIsEmptyAsync();
    }

    [Fact]
    public async Task Closing_leaves_nothing_on_either_side()
    {
        var session = await OpenAsync();
        await session.RunAsync("cat", new SshInput(new MemoryStream(new byte[10])), null, Token);
        Assert.NotEmpty(LocalTraces(Environment.ProcessId));

        var clock = Stopwatch.StartNew();
        await session.DisposeAsync();
        await session.DisposeAsync();

        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 2);
        Assert.Empty(LocalTraces(Environment.ProcessId));
        await FarIsEmptyAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => session.RunAsync("true", null, null, Token));
    }

    [Fact]
    public async Task Closing_under_a_running_command_ends_it_and_fails_it()
    {
        var session = await OpenAsync();
        var running = session.RunAsync("touch /mnt/started; sleep 1006", null, null, Token);
        await FileAppearsAsync("started");

        await session.DisposeAsync();

        Assert.Equal(SshFailure.ConnectionLost, (await Assert.ThrowsAsync<SshException>(() => running)).Failure);
        await FarIsEmptyAsync();
        Assert.Empty(LocalTraces(Environment.ProcessId));
    }

    [Fact]
    public async Task Killing_this_process_leaves_nothing_on_either_side()
    {
        using var child = Process.Start(new ProcessStartInfo(
            Environment.ProcessPath!, ["-explicit", "only", "-method", $"{GetType().FullName}.{nameof(Holds_commands_until_it_is_killed)}"])
        {
            Environment = { [ChildVariable] = $"{Server.Port} {Server.UserKey} {Server.Fingerprint("ed25519")}" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await FileAppearsAsync("deaf");
        await FileAppearsAsync("open");
        await Until.HoldsAsync("the stream is half through", () => File.Exists(Shared("received")) && new FileInfo(Shared("received")).Length > 0, () => "");
        Assert.NotEmpty(LocalTraces(child.Id));
        var traces = LocalTraces(child.Id);

        child.Kill();

        await FarIsEmptyAsync();
        Assert.False(File.Exists(Shared("complete")));
        await Until.HoldsAsync("nothing is left here", () => StillThere(traces).Count == 0, () => string.Join(" | ", StillThere(traces)));
    }

    /// <summary>Of traces seen earlier, those that are still there although the process that made them is gone.</summary>
    protected abstract IReadOnlyList<string> StillThere(IReadOnlyList<string> traces);

    [Fact(Explicit = true)]
    public async Task Holds_commands_until_it_is_killed()
    {
        if (Environment.GetEnvironmentVariable(ChildVariable)?.Split(' ') is not [var port, var key, var pin])
        {
            Assert.Skip("only a part of the test that kills it");
            return;
        }

        var target = new SshTarget("127.0.0.1", int.Parse(port), "root", new SshKey(key, key + ".pub"), [pin], TimeSpan.FromSeconds(15));
        await using var session = await Client().OpenAsync(target, Token);
        await Task.WhenAll(
            session.RunAsync("touch /mnt/deaf; while :; do :; done", null, null, Token),
            session.RunAsync("touch /mnt/open; sleep 1007", new SshInput(new MemoryStream(), KeepOpen: true), null, Token),
            session.RunAsync("cat > /mnt/received && touch /mnt/complete",
                new SshInput(new PatternStream(9 * Megabyte, seekable: true) { StallsAt = Megabyte }), null, Token));
    }
}
