using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Imaging;

/// <summary>Fetching that goes well, or cannot begin.</summary>
public sealed class HttpTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_image_is_fetched_with_and_without_an_announced_length(bool announced)
    {
        using var rig = new WriteRig();
        await using var server = ImageServer.Always(announced ? $"HTTP/1.1 200 OK\r\nContent-Length: {rig.File.Length}" : "HTTP/1.1 200 OK", rig.File);

        var run = await rig.FetchAsync(server.Url, Token);

        Assert.Equal(TestImage.Sha256(rig.File), run.Terminal<ImageWritten>().SourceSha256);
        Assert.True(rig.Disk.AsSpan(0, rig.Image.Raw.Length).SequenceEqual(rig.Image.Expected()));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_chunked_body_is_fetched_and_one_without_its_last_chunk_is_not_taken_for_whole()
    {
        using var rig = new WriteRig();
        byte[] whole = [.. System.Text.Encoding.ASCII.GetBytes($"{rig.File.Length:x}\r\n"), .. rig.File, .. "\r\n0\r\n\r\n"u8];
        await using var good = ImageServer.Always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", whole);
        await using var cut = ImageServer.Always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", whole[..^5]);

        Assert.IsType<ImageWritten>((await rig.FetchAsync(good.Url, Token)).Last);
        using var second = new WriteRig();
        var run = await second.FetchAsync(cut.Url, Token);
        Assert.Equal(AgentFailureCodes.ImageUnavailable, run.Failed.Code);
        Assert.True(second.FirstMiBIsZero);
    }

    [Theory]
    [InlineData("HTTP/1.1 404 Not Found", null, 1)]
    [InlineData("HTTP/1.1 206 Partial Content", null, 1)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 7", 8L, 1)]
    [InlineData("HTTP/1.1 304 Not Modified", null, 1)]
    [InlineData("HTTP/1.1 503 Service Unavailable", null, 5)]
    [InlineData("HTTP/1.1 what", null, 5)]
    [InlineData("SSH-2.0-OpenSSH_9.2p1", null, 5)]
    [InlineData("", null, 20)] // the runtime itself asks three times more when a connection ends without any answer
    public async Task Another_answer_than_the_whole_file_changes_nothing(string head, long? ordered, int requests)
    {
        using var rig = new WriteRig();
        var before = rig.Disk;
        await using var server = ImageServer.Always(head, head.Contains("200") ? [1, 2, 3, 4, 5, 6, 7] : []);

        var run = await rig.FetchAsync(server.Url + "?token=secret", [], ordered, Token);

        Assert.Equal((AgentFailureCodes.ImageUnavailable, DiskStates.Untouched), (run.Failed.Code, run.Failed.DiskState));
        Assert.Equal(requests, server.Requests.Count);
        Assert.DoesNotContain("secret", string.Join(' ', run.Events.Select(ProtocolJson.ToLine)));
        Assert.True(before.AsSpan().SequenceEqual(rig.Disk));
    }

    [Fact]
    public async Task A_server_that_is_not_there_changes_nothing()
    {
        using var rig = new WriteRig();
        string url;
        await using (var server = ImageServer.Always("", [])) url = server.Url;

        var run = await rig.FetchAsync(url, Token);

        Assert.Equal((AgentFailureCodes.ImageUnavailable, DiskStates.Untouched), (run.Failed.Code, run.Failed.DiskState));
        Assert.Contains("no connection (ConnectionRefused)", run.Failed.Message);
        Assert.NotEmpty(run.Failed.Causes);
    }

    [Fact]
    public async Task A_redirect_is_followed_and_so_is_the_way_back_to_it_after_a_cut()
    {
        using var rig = new WriteRig();
        await using var server = new ImageServer(asked => asked.Target == "/image"
            ? new Answer("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0", [])
            : ImageServer.Cut(rig.File, asked, rig.File.Length / 2 + 1, Ending.Close));

        Assert.IsType<ImageWritten>((await rig.FetchAsync(server.Url, Token)).Last);
        Assert.Equal(["/image", "/elsewhere", "/image", "/elsewhere"], server.Requests.Select(asked => asked.Target));
    }

    [Fact]
    public async Task A_server_of_HTTP_2_is_spoken_to_in_it_and_continued_after_a_cut()
    {
        using var rig = new WriteRig();
        await using var server = await Http2Server.StartAsync(rig.File, 500_000, Token);

        var run = await rig.FetchAsync(server.Url, Token);

        Assert.True(run.Last is ImageWritten, ProtocolJson.ToLine(run.Last));
        Assert.True(rig.Disk.AsSpan(0, rig.Image.Raw.Length).SequenceEqual(rig.Image.Expected()));
        Assert.All(server.Requests, asked => Assert.Equal("HTTP/2", asked.Protocol));
        Assert.StartsWith("bytes=", server.Requests.Last().Range);
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_changes_nothing()
    {
        using var rig = new WriteRig();
        await using var server = await Http2Server.StartAsync(rig.File, 500_000, Token);

        // The certificate is for the address, not for this name.
        var run = await rig.FetchAsync(server.Url.Replace("127.0.0.1", "localhost"), Token);

        Assert.Equal((AgentFailureCodes.ImageUnavailable, DiskStates.Untouched), (run.Failed.Code, run.Failed.DiskState));
        Assert.Contains("no trusted TLS connection", run.Failed.Message);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task The_proxy_that_the_environment_names_is_asked_for_hosts_that_are_not_excepted()
    {
        using var rig = new WriteRig();
        ProxyEnvironment.Answer = asked => ImageServer.Good(rig.File, asked);

        var run = await rig.FetchAsync("http://mirror.example/talos.raw.gz", Token);

        Assert.IsType<ImageWritten>(run.Last);
        Assert.Contains(ProxyEnvironment.Server.Requests, asked => asked.Target == "http://mirror.example/talos.raw.gz");
    }

    [Fact]
    public async Task The_Provisioner_going_away_while_the_agent_fetches_cancels()
    {
        using var rig = new WriteRig();
        var order = await rig.OrderAsync(Token);
        // The head and a part of the body come, then nothing more.
        await using var server = ImageServer.Always($"HTTP/1.1 200 OK\r\nContent-Length: {rig.File.Length}", rig.File[..^1000], Ending.Hold);
        using var ordered = new TestInput(AgentRun.Line(order with { Image = order.Image with { Kind = "http", Url = server.Url } }));
        rig.Host.Trouble.BeforeWrite = _ => ordered.HangUp();

        var run = await AgentRun.StartAsync(rig.Host.World(), ordered, Token, "write");

        Assert.Equal((AgentFailureCodes.Cancelled, DiskStates.WithoutTable), (run.Failed.Code, run.Failed.DiskState));
        Assert.True(rig.FirstMiBIsZero);
    }
}
