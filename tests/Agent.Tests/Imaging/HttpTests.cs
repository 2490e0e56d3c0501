using System.Net;
using System.Net.Sockets;
using System.Text;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Imaging;

public sealed class HttpTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_image_is_fetched_with_and_without_an_announced_length(bool announced)
    {
        using var rig = new WriteRig();
        await using var server = new OneAnswer(announced ? $"HTTP/1.1 200 OK\r\nContent-Length: {rig.File.Length}" : "HTTP/1.1 200 OK", rig.File);

        var run = await WriteAsync(rig, server.Url, null);

        Assert.Equal(TestImage.Sha256(rig.File), run.Terminal<ImageWritten>().SourceSha256);
        Assert.True(rig.Disk.AsSpan(0, rig.Image.Raw.Length).SequenceEqual(rig.Image.Expected()));
    }

    [Fact]
    public async Task A_body_that_breaks_off_before_its_announced_length_is_a_cut_stream()
    {
        using var rig = new WriteRig();
        await using var server = new OneAnswer($"HTTP/1.1 200 OK\r\nContent-Length: {rig.File.Length}", rig.File[..^1000]);

        var run = await WriteAsync(rig, server.Url, null);

        Assert.Equal((AgentFailureCodes.ImageUnavailable, DiskStates.WithoutTable), (run.Failed.Code, run.Failed.DiskState));
        Assert.True(rig.FirstMiBIsZero);
    }

    [Theory]
    [InlineData("HTTP/1.1 404 Not Found", null)]
    [InlineData("HTTP/1.1 206 Partial Content", null)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 7", 8L)]
    public async Task Another_answer_than_the_whole_file_changes_nothing(string head, long? ordered)
    {
        using var rig = new WriteRig();
        var before = rig.Disk;
        await using var server = new OneAnswer(head, [1, 2, 3, 4, 5, 6, 7]);

        var run = await WriteAsync(rig, server.Url + "?token=secret", ordered);

        Assert.Equal((AgentFailureCodes.ImageUnavailable, DiskStates.Untouched), (run.Failed.Code, run.Failed.DiskState));
        Assert.DoesNotContain("secret", run.Failed.Message + string.Join(' ', run.Failed.Causes));
        Assert.True(before.AsSpan().SequenceEqual(rig.Disk));
    }

    [Fact]
    public async Task A_server_that_is_not_there_changes_nothing()
    {
        using var rig = new WriteRig();
        string url;
        await using (var server = new OneAnswer("", [])) url = server.Url;

        var run = await WriteAsync(rig, url, null);

        Assert.Equal((AgentFailureCodes.ImageUnavailable, DiskStates.Untouched), (run.Failed.Code, run.Failed.DiskState));
        Assert.NotEmpty(run.Failed.Causes);
    }

    [Fact]
    public async Task The_Provisioner_going_away_while_the_agent_fetches_cancels()
    {
        using var rig = new WriteRig();
        var order = Order(await rig.OrderAsync(Token), null, rig);
        // The head and a part of the body come, then nothing more.
        await using var server = new OneAnswer($"HTTP/1.1 200 OK\r\nContent-Length: {rig.File.Length}", rig.File[..^1000], hold: true);
        using var ordered = new TestInput(AgentRun.Line(order with { Image = order.Image with { Url = server.Url } }));
        rig.Host.Trouble.BeforeWrite = _ => ordered.HangUp();

        var run = await AgentRun.StartAsync(rig.Host.World(), ordered, Token, "write");

        Assert.Equal((AgentFailureCodes.Cancelled, DiskStates.WithoutTable), (run.Failed.Code, run.Failed.DiskState));
        Assert.True(rig.FirstMiBIsZero);
    }

    private static async Task<AgentRun> WriteAsync(WriteRig rig, string url, long? length) =>
        await rig.WriteAsync(Token, order => Order(order, length, rig) with { Image = Order(order, length, rig).Image with { Url = url } });

    private static WriteOrder Order(WriteOrder order, long? length, WriteRig rig) =>
        order with { Image = new ImageSource { Kind = "http", Url = "http://127.0.0.1/", Sha256 = TestImage.Sha256(rig.File), LengthBytes = length } };

    /// <summary>Answers one request with the given bytes and closes the connection, or leaves it hanging.</summary>
    private sealed class OneAnswer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _over = new();
        private readonly Task _serving;

        public OneAnswer(string head, byte[] body, bool hold = false)
        {
            _listener.Start();
            Url = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/image.raw.gz";
            _serving = ServeAsync(head, body, hold);
        }

        public string Url { get; }

        public async ValueTask DisposeAsync()
        {
            await _over.CancelAsync();
            _listener.Stop();
            try
            {
                await _serving;
            }
            catch (Exception ended) when (ended is OperationCanceledException or SocketException or IOException)
            {
            }
            _over.Dispose();
        }

        private async Task ServeAsync(string head, byte[] body, bool hold)
        {
            using var client = await _listener.AcceptTcpClientAsync(_over.Token);
            await using var stream = client.GetStream();
            var request = new byte[8192];
            for (var got = 0; !Encoding.ASCII.GetString(request, 0, got).Contains("\r\n\r\n");)
                got += await stream.ReadAsync(request.AsMemory(got), _over.Token);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head + "\r\nConnection: close\r\n\r\n"), _over.Token);
            await stream.WriteAsync(body, _over.Token);
            if (hold) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _over.Token);
        }
    }
}
