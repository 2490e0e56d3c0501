using System.Globalization;
using Kronform.Provision.Ssh;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Ssh;

public abstract partial class SshClientContract
{
    [Theory]
    [InlineData("true", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("no-such-command", 127)]
    [InlineData("exit 137", 137)]
    [InlineData("exit 255", 255)]
    [InlineData("if", 2)]
    public async Task The_exit_status_is_the_commands_own(string command, int status)
    {
        await using var session = await OpenAsync();

        var result = await session.RunAsync(command, null, null, Token);

        Assert.Equal(status, result.ExitStatus);
        Assert.Null(result.Signal);
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("TERM")]
    public async Task A_command_ended_by_a_signal_has_no_exit_status(string signal)
    {
        await using var session = await OpenAsync();

        var result = await session.RunAsync($"echo before; kill -{signal} $$", null, null, Token);

        Assert.Null(result.ExitStatus);
        Assert.False(result.Succeeded);
        Assert.Contains(result.Signal, (string?[])[signal, null]);
        Assert.Equal("before\n", result.Output);
        Assert.True((await session.RunAsync("true", null, null, Token)).Succeeded);
    }

    [Fact]
    public async Task The_two_outputs_stay_apart()
    {
        await using var session = await OpenAsync();

        var result = await session.RunAsync("echo out; echo err >&2; printf ünïcode", null, null, Token);

        Assert.Equal("out\nünïcode", result.Output);
        Assert.Equal("err\n", result.Error);
    }

    [Fact]
    public async Task Quotes_newlines_and_dollars_reach_the_far_shell_as_they_are()
    {
        await using var session = await OpenAsync();

        var result = await session.RunAsync("a='it''s \"$HOME\" \\n'\nprintf '%s|' \"$a\" 'x'\"'\"'y' \"$0\" $#", null, null, Token);

        Assert.StartsWith("its \"$HOME\" \\n|x'y|", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("|0|", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_login_shell_prints_by_itself_is_not_the_commands_output()
    {
        await using var session = await OpenAsync();
        await session.RunAsync("echo 'echo greetings' > /root/.bashrc", null, null, Token);

        Assert.Equal("mine\n", (await session.RunAsync("echo mine", null, null, Token)).Output);
    }

    [Fact]
    public async Task Long_output_is_cut_at_its_limits()
    {
        await using var session = await OpenAsync();

        var result = await session.RunAsync("head -c 5000000 /dev/zero | tr '\\0' o; head -c 300000 /dev/zero | tr '\\0' e >&2", null, null, Token);

        Assert.Equal(new string('o', 1024 * 1024), result.Output);
        Assert.Equal(new string('e', 64 * 1024), result.Error);
    }

    [Fact]
    public async Task Lines_come_in_order_and_whole_and_are_not_collected()
    {
        await using var session = await OpenAsync();
        var next = 1;
        var wrong = new List<string>();

        var result = await session.RunAsync("seq 200000; printf 200001", null, line =>
        {
            if (line != next++.ToString(CultureInfo.InvariantCulture))
                wrong.Add(line);
        }, Token);

        Assert.Empty(wrong);
        Assert.Equal(200002, next);
        Assert.Equal("", result.Output);
    }

    [Fact]
    public async Task A_line_arrives_before_the_command_ends_and_a_long_one_in_one_piece()
    {
        await using var session = await OpenAsync();
        var lines = new List<string>();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.RunAsync(
            "head -c 900000 /dev/zero | tr '\\0' x; echo; echo last; sleep 1000", null, line =>
            {
                lines.Add(line);
                if (line == "last")
                    cancel.Cancel();
            }, cancel.Token));

        Assert.Equal([new string('x', 900_000), "last"], lines);
    }

    [Fact]
    public async Task An_exception_of_the_line_callback_ends_the_command_and_comes_back()
    {
        await using var session = await OpenAsync();

        var thrown = await Assert.ThrowsAsync<FormatException>(() =>
            session.RunAsync("echo line; sleep 1001", null, _ => throw new FormatException("not understood"), Token));

        Assert.Equal("not understood", thrown.Message);
        await FarIsGoneAsync("sleep 1001");
    }

    [Fact]
    public async Task Many_commands_run_at_once_on_one_session()
    {
        await using var session = await OpenAsync();

        var results = await Task.WhenAll(Enumerable.Range(0, 25).Select(n =>
            session.RunAsync($"cat; echo {n}; exit {n}", new SshInput(new MemoryStream([(byte)('a' + n)])), null, Token)));

        Assert.All(results, (result, n) =>
        {
            Assert.Equal($"{(char)('a' + n)}{n}\n", result.Output);
            Assert.Equal(n, result.ExitStatus);
        });
    }

    [Fact]
    public async Task What_a_completed_command_left_in_the_background_outlives_the_session()
    {
        await using (var session = await OpenAsync())
            await session.RunAsync("(until [ -e /mnt/go ]; do sleep 0.1; done; touch /mnt/went) >/dev/null 2>&1 &", null, null, Token);

        await Until.HoldsAsync("the session is closed", () => !Server.Processes().Any(c => c.StartsWith("sshd: root", StringComparison.Ordinal)),
            () => string.Join(" | ", Server.Processes()));
        await File.WriteAllTextAsync(Shared("go"), "", Token);
        await FileAppearsAsync("went");
    }
}
