using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Imaging;

/// <summary>Fetching that breaks off, and goes on where it may.</summary>
public sealed class ResumeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Ending.Close)]
    [InlineData(Ending.Reset)]
    public async Task A_body_that_breaks_off_again_and_again_is_continued_at_the_very_byte(Ending ending)
    {
        using var rig = new WriteRig();
        const int part = 300_001;
        await using var server = new ImageServer(asked => ImageServer.Cut(rig.File, asked, part, ending));

        var run = await rig.FetchAsync(server.Url, Token);

        Assert.Equal(TestImage.Sha256(rig.File), run.Terminal<ImageWritten>().SourceSha256);
        Assert.True(rig.Disk.AsSpan(0, rig.Image.Raw.Length).SequenceEqual(rig.Image.Expected()));
        Assert.True(server.Requests.Count > 6, $"{server.Requests.Count} requests");
        Assert.All(server.Requests.Skip(1), asked => Assert.Equal("\"v1\"", asked.IfRange));
        if (ending == Ending.Close) Assert.Equal(server.Requests.Skip(1).Select((_, index) => (long?)part * (index + 1)), server.Requests.Skip(1).Select(asked => asked.From));
        // A reset takes with it what has not been read yet.
        if (ending == Ending.Close) Assert.Contains(run.Events.OfType<AgentWarning>(), warning => warning.Message.Contains($"at byte {part} of {rig.File.Length}"));
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_sends_again_what_is_passed_over()
    {
        using var rig = new WriteRig();
        await using var server = new ImageServer(asked => asked.Number < 3
            ? ImageServer.Good(rig.File, asked with { From = null }) with { Body = rig.File[..(asked.Number * 500_000)] }
            : ImageServer.Good(rig.File, asked with { From = null }));

        Assert.Equal(TestImage.Sha256(rig.File), (await rig.FetchAsync(server.Url, Token)).Terminal<ImageWritten>().SourceSha256);
        Assert.Equal([null, 500_000, 1_000_000], server.Requests.Select(asked => asked.From));
    }

    [Theory]
    [InlineData("HTTP/1.1 206 Partial Content\r\nETag: \"v2\"\r\nContent-Range: bytes 2600000-{last}/{length}", "changed while it was fetched: its ETag")]
    [InlineData("HTTP/1.1 206 Partial Content\r\nETag: \"v1\"\r\nContent-Range: bytes 2600000-{last}/9999999", "changed while it was fetched: the server has 9999999")]
    [InlineData("HTTP/1.1 206 Partial Content\r\nETag: \"v1\"\r\nContent-Range: bytes 0-{last}/{length}", "206 with bytes from 0")]
    [InlineData("HTTP/1.1 206 Partial Content\r\nETag: \"v1\"", "it does not say where")]
    [InlineData("HTTP/1.1 200 OK\r\nETag: \"v2\"\r\nContent-Length: {length}", "changed while it was fetched: its ETag")]
    [InlineData("HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 9999999", "changed while it was fetched: the server has 9999999")]
    [InlineData("HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */9\r\nContent-Length: 0", "nothing at byte 2600000")]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0", "answered 404")]
    public async Task A_file_that_changed_or_is_continued_elsewhere_fails_at_once(string second, string words)
    {
        using var rig = new WriteRig();
        second = second.Replace("{last}", $"{rig.File.Length - 1}").Replace("{length}", $"{rig.File.Length}");
        await using var server = new ImageServer(asked => asked.Number == 1
            ? ImageServer.Cut(rig.File, asked, 2_600_000, Ending.Close)
            : new Answer(second, rig.File[2_600_000..]));

        var run = await rig.FetchAsync(server.Url, Token);

        Assert.Equal((AgentFailureCodes.ImageUnavailable, 2), (run.Failed.Code, server.Requests.Count));
        Assert.Contains(words, run.Failed.Message);
        Assert.True(rig.FirstMiBIsZero);
    }

    [Fact]
    public async Task A_whole_file_that_nothing_shows_to_be_the_same_is_not_joined_to_the_first_part()
    {
        using var rig = new WriteRig();
        // Without a length and without marks: the end of a connection may be the end of the file, so the cut must be a reset.
        await using var server = new ImageServer(asked => new Answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked",
            [.. System.Text.Encoding.ASCII.GetBytes($"{rig.File.Length:x}\r\n"), .. rig.File[..700_000]]));

        var run = await rig.FetchAsync(server.Url, Token);

        Assert.Equal((AgentFailureCodes.ImageUnavailable, 2), (run.Failed.Code, server.Requests.Count));
        Assert.Contains("neither ETag, date nor length", run.Failed.Message);
    }

    [Fact]
    public async Task A_date_serves_where_there_is_no_strong_mark()
    {
        using var rig = new WriteRig();
        const string date = "Wed, 09 Sep 2026 10:00:00 GMT";
        await using var server = new ImageServer(asked =>
        {
            var answer = ImageServer.Good(rig.File, asked with { IfRange = null });
            answer = answer with { Head = answer.Head.Replace("ETag: \"v1\"", $"Last-Modified: {date}") };
            return asked.Number == 1 ? answer with { Body = answer.Body[..700_000] } : answer;
        });

        Assert.IsType<ImageWritten>((await rig.FetchAsync(server.Url, Token)).Last);
        Assert.Equal([null, date], server.Requests.Select(asked => asked.IfRange));
    }

    [Fact]
    public async Task The_next_mirror_continues_at_the_same_byte_and_mirrors_that_lack_the_file_are_left_out()
    {
        using var rig = new WriteRig();
        await using var first = new ImageServer(asked => ImageServer.Cut(rig.File, asked, 600_000, Ending.Reset));
        await using var absent = ImageServer.Always("HTTP/1.1 404 Not Found\r\nContent-Length: 0", []);
        await using var other = ImageServer.Always("HTTP/1.1 200 OK\r\nContent-Length: 12345", new byte[12345]);
        // Another server's marks for the same bytes are others.
        await using var second = new ImageServer(asked => ImageServer.Good(rig.File, asked, "\"of-the-mirror\""));

        var run = await rig.FetchAsync(first.Url, [absent.Url, other.Url, second.Url], null, Token);

        Assert.Equal(TestImage.Sha256(rig.File), run.Terminal<ImageWritten>().SourceSha256);
        var continued = Assert.Single(second.Requests);
        Assert.True(continued is { From: > 0 and <= 600_000, IfRange: null }, continued.ToString());
        Assert.Equal((1, 1, 1), (first.Requests.Count, absent.Requests.Count, other.Requests.Count));
    }

    [Fact]
    public async Task A_mirror_with_another_file_of_the_same_length_does_not_pass_the_digest()
    {
        using var rig = new WriteRig();
        var other = rig.File.ToArray();
        other[^100_000] ^= 1;
        await using var first = new ImageServer(asked => ImageServer.Cut(rig.File, asked, 600_000, Ending.Close));
        await using var second = new ImageServer(asked => ImageServer.Good(other, asked));

        var run = await rig.FetchAsync(first.Url, [second.Url], null, Token);

        Assert.Contains(run.Failed.Code, (string[])[AgentFailureCodes.ImageDigest, AgentFailureCodes.ImageFormat]);
        Assert.True(rig.FirstMiBIsZero);
    }

    [Fact]
    public async Task Attempts_without_progress_are_bounded_and_every_place_is_named_with_its_reason()
    {
        using var rig = new WriteRig();
        await using var first = new ImageServer(asked => asked.Number == 1 ? ImageServer.Cut(rig.File, asked, 600_000, Ending.Close) : new Answer("HTTP/1.1 500 Oops\r\nContent-Length: 0", []));
        await using var second = ImageServer.Always("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0", []);

        var run = await rig.FetchAsync(first.Url, [second.Url], null, Token);

        Assert.Equal(AgentFailureCodes.ImageUnavailable, run.Failed.Code);
        Assert.Equal((3, 2), (first.Requests.Count, second.Requests.Count));
        Assert.Contains("after 600000 bytes", run.Failed.Message);
        Assert.Contains($"{second.Url}: the server answered 503", run.Failed.Message);
        Assert.Contains($"{first.Url}: ", run.Failed.Message);
        Assert.Contains("5 attempts in a row", run.Failed.Message);
        Assert.Equal(4, run.Events.OfType<AgentWarning>().Count());
    }

    [Fact]
    public async Task A_length_that_promises_more_than_there_is_is_unavailable()
    {
        using var rig = new WriteRig();
        await using var server = new ImageServer(asked => ImageServer.Good([.. rig.File, .. new byte[1000]], asked) is var lie && lie.Body.Length > 1000 ? lie with { Body = lie.Body[..^1000] } : lie with { Body = [] });

        var run = await rig.FetchAsync(server.Url, Token);

        Assert.Equal((AgentFailureCodes.ImageUnavailable, true), (run.Failed.Code, rig.FirstMiBIsZero));
        Assert.Contains($"{rig.File.Length} of {rig.File.Length + 1000}", run.Failed.Message + string.Join(' ', run.Events.OfType<AgentWarning>().Select(warning => warning.Message)));
    }
}
