using Kronform.Provision.Failures;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Images.Downloads.DownloadRig;

namespace Kronform.Provision.Provisioner.Tests.Images.Downloads;

/// <summary>What servers and lines do to a download.</summary>
public sealed class ImageDownloadTests : IDisposable
{
    private static readonly byte[] Image = Content(3_000_000);

    private readonly DownloadRig _rig = new();

    public void Dispose() => _rig.Dispose();

    private async Task ArrivesAsync(ImageServer server, byte[]? content = null)
    {
        content ??= Image;
        var cached = await _rig.GetAsync(server.Url("x.zst"), Sha256(content));
        Assert.Equal(content, await File.ReadAllBytesAsync(cached.Path, TestContext.Current.CancellationToken));
        Assert.Equal([Sha256(content)], _rig.Files);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(65536)]
    [InlineData(2_999_999)]
    public async Task A_cut_download_goes_on_where_it_broke_off(int cut)
    {
        await using var server = new ImageServer((request, n) => ImageServer.Serve(request, Image) with { CutAfter = n == 0 ? cut : null });
        await ArrivesAsync(server);
        Assert.Equal([(null, null), ($"bytes={cut}-", "\"one\"")], server.Requests.Select(r => (r.Range, r.Headers.GetValueOrDefault("if-range"))));
    }

    [Fact]
    public async Task A_line_that_cuts_again_and_again_gets_there_while_each_attempt_brings_something()
    {
        var large = Content(20 << 20);
        await using var server = new ImageServer((request, _) =>
        {
            var answer = ImageServer.Serve(request, large);
            return answer with { CutAfter = Math.Min(answer.Body.Length, 3 << 19) };
        });
        await ArrivesAsync(server, large);
        Assert.InRange(server.Requests.Count, 14, 30);
    }

    [Fact]
    public async Task A_server_that_ignores_Range_sends_everything_again_and_nothing_is_joined_wrongly()
    {
        await using var server = new ImageServer((_, n) => new ImageAnswer(200, Image, "ETag: \"one\"") { CutAfter = n == 0 ? 1_000_000 : null });
        await ArrivesAsync(server);
        Assert.Equal("bytes=1000000-", server.Requests.Last().Range);
    }

    [Theory]
    [InlineData("ETag: W/\"one\"")]
    [InlineData("X-Nothing: here")]
    public async Task Without_a_strong_mark_the_file_is_begun_anew(string header)
    {
        await using var server = new ImageServer((_, n) => new ImageAnswer(200, Image, header) { CutAfter = n == 0 ? 1_000_000 : null });
        await ArrivesAsync(server);
        Assert.All(server.Requests, request => Assert.Null(request.Range));
    }

    [Fact]
    public async Task A_file_that_changed_in_between_is_begun_anew()
    {
        var newer = Content(2_500_000, seed: 2);
        await using var server = new ImageServer((request, n) => n == 0
            ? ImageServer.Serve(request, Image) with { CutAfter = 1_000_000 }
            : ImageServer.Serve(request, newer, "\"two\""));
        await ArrivesAsync(server, newer);
    }

    [Theory]
    [InlineData("bytes 999999-2999999/3000000")]
    [InlineData("bytes 1000000-2999999/3000001")]
    [InlineData("bytes 1000000-2999999/*")]
    public async Task A_part_that_does_not_fit_is_not_joined(string range)
    {
        await using var server = new ImageServer((request, n) => n switch
        {
            0 => ImageServer.Serve(request, Image) with { CutAfter = 1_000_000 },
            1 => new ImageAnswer(206, Image[1_000_000..], "ETag: \"one\"", "Content-Range: " + range),
            _ => ImageServer.Serve(request, Image),
        });
        await ArrivesAsync(server);
        Assert.Equal([null, "bytes=1000000-", null], server.Requests.Select(r => r.Range));
    }

    [Fact]
    public async Task A_range_that_cannot_be_satisfied_begins_anew()
    {
        await using var server = new ImageServer((request, n) => n switch
        {
            0 => ImageServer.Serve(request, Image) with { CutAfter = 1_000_000 },
            1 => new ImageAnswer(416, []),
            _ => ImageServer.Serve(request, Image),
        });
        await ArrivesAsync(server);
    }

    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(500)]
    public async Task A_server_in_trouble_is_asked_again(int status)
    {
        await using var server = new ImageServer((request, n) => n < 2 ? ImageAnswer.Text(status, "later") : ImageServer.Serve(request, Image));
        await ArrivesAsync(server);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task A_server_that_says_too_much_length_is_not_believed_and_the_part_is_kept_for_the_next_time()
    {
        await using var server = new ImageServer((_, _) => new ImageAnswer(200, Image[..1000], "ETag: \"one\"") { Length = 3000 });
        var error = await _rig.FailAsync(server.Url("x.zst?token=secret"), Sha256(Image));

        Assert.Equal(FailureCode.ImageUnavailable, error.Code);
        Assert.DoesNotContain("secret", error.ToString());
        Assert.Equal(6, server.Requests.Count);
        Assert.Contains(_rig.Files, f => f.EndsWith(".part", StringComparison.Ordinal));
        Assert.DoesNotContain(Sha256(Image), _rig.Files);
    }

    [Fact]
    public async Task A_missing_file_is_not_asked_for_twice_and_the_next_address_is()
    {
        await using var empty = new ImageServer((_, _) => ImageAnswer.Text(404, "no"));
        await using var mirror = new ImageServer((request, _) => ImageServer.Serve(request, Image));

        await _rig.GetAsync(empty.Url("x.zst"), Sha256(Image), mirror.Url("y.zst"));
        Assert.Equal((1, 1), (empty.Requests.Count, mirror.Requests.Count));

        var error = await _rig.FailAsync(empty.Url("z.zst"), Sha256(Content(5)));
        Assert.Equal((FailureCode.ImageUnavailable, 2), (error.Code, empty.Requests.Count));
        Assert.Contains("answered 404", error.InnerException!.Message);
    }

    [Fact]
    public async Task What_one_address_brought_is_not_continued_from_another()
    {
        await using var cut = new ImageServer((request, _) => ImageServer.Serve(request, Content(3_000_000, seed: 9)) with { CutAfter = 100_000 });
        await using var mirror = new ImageServer((request, _) => ImageServer.Serve(request, Image));
        await _rig.GetAsync(cut.Url("x.zst"), Sha256(Image), mirror.Url("x.zst"));
        Assert.Null(Assert.Single(mirror.Requests).Range);
    }

    [Fact]
    public async Task Another_content_is_thrown_away_and_named_unless_a_mirror_has_the_right_one()
    {
        await using var wrong = new ImageServer((request, _) => ImageServer.Serve(request, Content(1000, seed: 7)));
        await using var right = new ImageServer((request, _) => ImageServer.Serve(request, Image));

        var error = await _rig.FailAsync(wrong.Url("x.zst"), Sha256(Image));
        Assert.Equal(FailureCode.ImageDigest, error.Code);
        Assert.Contains(Sha256(Content(1000, seed: 7)), error.Message);
        Assert.Contains(Sha256(Image), error.Message);
        Assert.Empty(_rig.Files);

        await _rig.GetAsync(wrong.Url("x.zst"), Sha256(Image), right.Url("x.zst"));
        Assert.Equal([Sha256(Image)], _rig.Files);
    }

    [Fact]
    public async Task A_length_that_nobody_states_needs_a_digest()
    {
        await using var server = new ImageServer((_, _) => new ImageAnswer(200, Image) { Length = null });
        Assert.Equal(FailureCode.ImageUnavailable, (await _rig.FailAsync(server.Url("x.zst"), null)).Code);
        await ArrivesAsync(server);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_chunked_answer_is_whole_only_with_its_last_chunk(bool whole)
    {
        byte[] body = [.. "3e8\r\n"u8, .. Image[..1000], .. "\r\n"u8, .. whole ? "0\r\n\r\n"u8 : ""u8];
        await using var server = new ImageServer((_, _) => new ImageAnswer(200, body, "Transfer-Encoding: chunked") { Length = null });
        if (whole) Assert.Equal(Sha256(Image[..1000]), (await _rig.GetAsync(server.Url("x.zst"), null)).Sha256);
        else Assert.Equal(FailureCode.ImageUnavailable, (await _rig.FailAsync(server.Url("x.zst"), null)).Code);
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_left_and_the_download_goes_on()
    {
        await using var server = new ImageServer((request, n) => n == 0
            ? ImageServer.Serve(request, Image) with { CutAfter = 1_000_000, Holds = true }
            : ImageServer.Serve(request, Image));
        var work = _rig.StartAsync(new() { Url = server.Url("x.zst") }, Sha256(Image), TestContext.Current.CancellationToken);
        await Until(() => { lock (_rig.Progress) return _rig.Progress.LastOrDefault()?.DoneBytes == 1_000_000; });
        await _rig.Time.TimersSetAsync(1, TestContext.Current.CancellationToken);

        _rig.Time.Advance(TimeSpan.FromSeconds(61));
        await _rig.RunAsync(work);
        Assert.Equal("bytes=1000000-", server.Requests.Last().Range);
    }

    [Fact]
    public async Task A_stopped_download_goes_on_in_the_next_process()
    {
        using var stop = new CancellationTokenSource();
        await using var server = new ImageServer((request, n) => ImageServer.Serve(request, Image) with { CutAfter = n == 0 ? 500_000 : null, Holds = n == 0 });
        var work = _rig.StartAsync(new() { Url = server.Url("x.zst") }, Sha256(Image), stop.Token);
        await Until(() => { lock (_rig.Progress) return _rig.Progress.LastOrDefault()?.DoneBytes == 500_000; });
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);

        await ArrivesAsync(server);
        Assert.Equal("bytes=500000-", server.Requests.Last().Range);
    }

    private static async Task Until(Func<bool> reached)
    {
        for (var tries = 0; !reached(); tries++)
        {
            Assert.True(tries < 3000, "the state was not reached within 30 s");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
