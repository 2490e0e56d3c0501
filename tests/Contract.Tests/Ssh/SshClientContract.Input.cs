using System.Diagnostics;
using System.Text;
using Kronform.Provision.Ssh;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Ssh;

public abstract partial class SshClientContract
{
    private const long Megabyte = 1_000_000;

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task A_long_stream_arrives_whole(bool lengthKnown, bool keepOpen)
    {
        await using var session = await OpenAsync();
        var content = new PatternStream(200 * Megabyte, lengthKnown);
        var sent = new Collected();
        var command = keepOpen ? $"head -c {200 * Megabyte + 6} | tail -c +7 | sha256sum" : "tail -c +7 | sha256sum";

        var clock = Stopwatch.StartNew();
        var result = await session.RunAsync(command, new SshInput(content, Encoding.ASCII.GetBytes("prefix"), keepOpen, sent), null, Token);

        TestContext.Current.TestOutputHelper?.WriteLine($"{200 / clock.Elapsed.TotalSeconds:0} MB/s");
        Assert.Equal($"{content.Sha256}  -\n", result.Output);
        Assert.Equal(200 * Megabyte, sent.Values[^1]);
        Assert.Equal(sent.Values.Order(), sent.Values);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0\n")]
    [InlineData("12\nno frame\0of ours\n")]
    public async Task Any_content_arrives_as_it_is_and_then_ends(string text)
    {
        await using var session = await OpenAsync();

        var result = await session.RunAsync("cat", new SshInput(new MemoryStream(Encoding.ASCII.GetBytes(text)), "0\n"u8.ToArray()), null, Token);

        Assert.Equal("0\n" + text, result.Output);
    }

    [Fact]
    public async Task Input_that_trickles_is_passed_on_at_once()
    {
        await using var session = await OpenAsync();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var seen = new List<string>();

        // The content never ends, so the line can come back only if it was not held back.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.RunAsync(
            "head -n 1", new SshInput(new PatternStream(100, seekable: false) { StallsAt = 0 }, "first\n"u8.ToArray()), line =>
            {
                seen.Add(line);
                cancel.Cancel();
                cancel.Token.ThrowIfCancellationRequested();
            }, cancel.Token));

        Assert.Equal(["first"], seen);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_command_that_reads_only_part_of_its_input_ends_as_it_likes(bool keepOpen)
    {
        await using var session = await OpenAsync();

        var result = await session.RunAsync("head -c 10 >/dev/null; exit 3", new SshInput(new PatternStream(50 * Megabyte, true), KeepOpen: keepOpen), null, Token);

        Assert.Equal(3, result.ExitStatus);
    }

    [Fact]
    public async Task A_command_that_ends_while_the_source_is_silent_is_not_waited_for()
    {
        await using var session = await OpenAsync();

        var result = await session.RunAsync("exit 4", new SshInput(new PatternStream(100, seekable: false) { StallsAt = 0 }), null, Token);

        Assert.Equal(4, result.ExitStatus);
    }

    [Fact]
    public async Task A_signal_that_ends_a_command_with_input_is_seen_as_one()
    {
        await using var session = await OpenAsync();

        var result = await session.RunAsync("cat >/dev/null; kill -9 $$", new SshInput(new MemoryStream(new byte[100])), null, Token);

        Assert.Null(result.ExitStatus);
    }

    [Fact]
    public async Task Input_kept_open_shows_no_end_of_file()
    {
        await using var session = await OpenAsync();

        var result = await session.RunAsync(
            "head -c 5; IFS= read -r -t 0.5 more; echo \" $?\"", new SshInput(new MemoryStream("hello"u8.ToArray()), KeepOpen: true), null, Token);

        // bash: above 128 for a timeout, 1 for an end of file.
        Assert.Equal("hello 142\n", result.Output);
    }

    [Fact]
    public async Task Without_input_standard_input_is_open_and_silent()
    {
        await using var session = await OpenAsync();

        var result = await session.RunAsync("IFS= read -r -t 0.5 more; echo $?", null, null, Token);

        Assert.Equal("142\n", result.Output);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cut_stream_is_never_a_success(bool lengthKnown)
    {
        await using var session = await OpenAsync();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var content = new PatternStream(30 * Megabyte, lengthKnown) { StallsAt = 10 * Megabyte };
        var running = session.RunAsync("touch /mnt/started; cat > /mnt/received && touch /mnt/complete", new SshInput(content), null, cancel.Token);
        await Until.HoldsAsync("half of it has arrived", () => File.Exists(Shared("received")) && new FileInfo(Shared("received")).Length >= 9 * Megabyte,
            () => string.Join(" | ", Server.Processes()));

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Empty(FarLeftovers("/mnt/received"));
        await FarIsGoneAsync("cat");
        Assert.False(File.Exists(Shared("complete")));
        Assert.True((await session.RunAsync("true", null, null, Token)).Succeeded);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_source_that_fails_ends_the_command_and_is_the_error(bool lengthKnown)
    {
        await using var session = await OpenAsync();
        var content = new PatternStream(30 * Megabyte, lengthKnown) { Fails = (5 * Megabyte, new IOException("the mirror hung up")) };

        var failure = await Assert.ThrowsAsync<IOException>(() =>
            session.RunAsync("cat > /mnt/received && touch /mnt/complete", new SshInput(content), null, Token));

        Assert.Equal("the mirror hung up", failure.Message);
        await FarIsGoneAsync("/mnt/received");
        Assert.False(File.Exists(Shared("complete")));
    }

    [Fact]
    public async Task A_source_shorter_than_it_said_is_an_error()
    {
        await using var session = await OpenAsync();
        var content = new MemoryStream();
        content.SetLength(2 * Megabyte);

        await Assert.ThrowsAnyAsync<IOException>(() =>
            session.RunAsync("cat >/dev/null && touch /mnt/complete", new SshInput(new Shrinking(content)), null, Token));

        Assert.False(File.Exists(Shared("complete")));
    }

    private sealed class Collected : IProgress<long>
    {
        public List<long> Values { get; } = [];

        public void Report(long value) => Values.Add(value);
    }

    /// <summary>Ends at half of its length, as a file that is truncated while it is read.</summary>
    private sealed class Shrinking(MemoryStream content) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => content.Length;

        public override long Position { get => content.Position; set => content.Position = value; }

        public override int Read(byte[] buffer, int offset, int count) =>
            content.Read(buffer, offset, (int)Math.Min(count, (content.Length / 2) - content.Position));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => content.Seek(offset, origin);

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
