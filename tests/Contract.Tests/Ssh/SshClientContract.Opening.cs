using System.Net.Sockets;
using System.Net;
using System.Text;
using Kronform.Provision.Ssh;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Ssh;

public abstract partial class SshClientContract
{
    [Theory]
    [InlineData("ed25519")]
    [InlineData("ecdsa")]
    [InlineData("rsa")]
    public async Task A_pinned_key_of_any_type_is_enough(string keyType)
    {
        await using var session = await Client().OpenAsync(Target(Server.Fingerprint(keyType)), Token);

        Assert.Equal("here\n", (await session.RunAsync("echo here", null, null, Token)).Output);
    }

    [Fact]
    public async Task One_right_fingerprint_among_wrong_ones_is_enough()
    {
        await using var session = await Client().OpenAsync(Target(new string('A', 43), Server.Fingerprint("ecdsa"), new string('B', 43)), Token);

        Assert.True((await session.RunAsync("true", null, null, Token)).Succeeded);
    }

    [Fact]
    public async Task A_wrong_fingerprint_is_refused_and_named_before_any_login()
    {
        var failure = await FailsToOpenAsync(Target(new string('A', 43)));

        Assert.Equal(SshFailure.HostKeyMismatch, failure.Failure);
        Assert.Contains(failure.PresentedFingerprint, SshdServer.KeyTypes.Select(Server.Fingerprint));
        Assert.Contains(failure.PresentedFingerprint!, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Accepted", Server.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("publickey", Server.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Starting session", Server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_fingerprint_at_all_is_an_error_of_the_caller() =>
        await Assert.ThrowsAsync<ArgumentException>(() => Client().OpenAsync(Target() with { HostKeySha256 = [] }, Token));

    [Fact]
    public async Task A_fingerprint_that_is_none_is_an_error_of_the_caller() =>
        await Assert.ThrowsAsync<ArgumentException>(() => Client().OpenAsync(Target("$(touch /tmp/x)"), Token));

    [Fact]
    public async Task A_key_the_server_does_not_know_fails_the_authentication()
    {
        var failure = await FailsToOpenAsync(Target() with { Key = new SshKey(Server.StrangerKey, Server.StrangerKey + ".pub") });

        Assert.Equal(SshFailure.AuthenticationFailed, failure.Failure);
        Assert.DoesNotContain("Starting session", Server.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_file_that_does_not_exist_is_named()
    {
        var failure = await FailsToOpenAsync(Target() with { Key = new SshKey("/nonexistent/key", "/nonexistent/key.pub") });

        Assert.Equal(SshFailure.AuthenticationFailed, failure.Failure);
        Assert.Contains("/nonexistent/key", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_port_is_refused()
    {
        int port;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        Assert.Equal(SshFailure.Refused, (await FailsToOpenAsync(Target() with { Port = port })).Failure);
    }

    [Fact]
    public async Task An_address_that_swallows_packets_is_unreachable_in_time()
    {
        // A full accept queue drops connection requests as a firewall or a powered-off machine does.
        using var hole = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        hole.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        hole.Listen(0);
        var fillers = Enumerable.Range(0, 4).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).ToList();
        foreach (var filler in fillers)
            _ = filler.ConnectAsync(hole.LocalEndPoint!, Token).AsTask().ContinueWith(t => t.Exception, TaskScheduler.Default);
        await Until.HoldsAsync("the accept queue is full", () => fillers.Any(f => f.Connected), () => "no connection");

        var started = TimeProvider.System.GetTimestamp();
        var failure = await FailsToOpenAsync(Target() with { Port = ((IPEndPoint)hole.LocalEndPoint!).Port, ConnectTimeout = TimeSpan.FromSeconds(1.5) });

        Assert.Equal(SshFailure.Unreachable, failure.Failure);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0.9, 5);
        fillers.ForEach(f => f.Dispose());
    }

    [Fact]
    public async Task A_port_that_accepts_and_says_nothing_is_unreachable_in_time()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        var failure = await FailsToOpenAsync(Target() with
        {
            Port = ((IPEndPoint)listener.LocalEndpoint).Port,
            ConnectTimeout = TimeSpan.FromSeconds(1.5),
        });

        Assert.Equal(SshFailure.Unreachable, failure.Failure);
    }

    [Fact]
    public async Task A_peer_that_speaks_something_else_is_a_protocol_failure()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync();

        var failure = await FailsToOpenAsync(Target() with { Port = ((IPEndPoint)listener.LocalEndpoint).Port });

        Assert.Equal(SshFailure.Protocol, failure.Failure);
        await answering;

        async Task AnswerAsync()
        {
            using var peer = await listener.AcceptTcpClientAsync(Token);
            var stream = peer.GetStream();
            await stream.ReadExactlyAsync(new byte[4], Token);
            await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"), Token);
        }
    }

    [Fact]
    public async Task Opening_can_be_cancelled_and_leaves_nothing()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var cancel = new CancellationTokenSource();
        var opening = Client().OpenAsync(Target() with { Port = ((IPEndPoint)listener.LocalEndpoint).Port }, cancel.Token);
        using var peer = await listener.AcceptTcpClientAsync(Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
        Assert.Empty(LocalTraces(Environment.ProcessId));
    }
}
