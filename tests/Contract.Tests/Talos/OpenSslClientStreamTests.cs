extern alias provisioner;

using System.Net;
using System.Net.Sockets;
using System.Text;
using Kronform.Provision.Talos;
using Kronform.Provision.Talos.Tls;
using Xunit;
using TalosCa = provisioner::Kronform.Provision.Talos.Pki.TalosCa;

namespace Kronform.Provision.Contract.Tests.Talos;

/// <summary>Our TLS stream with an Ed25519 key against OpenSSL's own server, and against peers that misbehave.</summary>
public sealed class OpenSslClientStreamTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("-tls1_3")]
    [InlineData("-tls1_2")]
    public async Task Both_sides_prove_themselves_with_Ed25519_and_talk(string version)
    {
        using var ca = TalosCa.Create(TimeProvider.System);
        using var server = await OpenSslServer.StartAsync(ca, ca, options: [version, "-rev"]);
        await using var stream = await ConnectAsync(ca, server.Port);

        Assert.True(stream.SpeaksHttp2);
        Assert.Equal("CN=n1", stream.ServerCertificate!.Subject);
        await stream.WriteAsync("solaT olleh\n"u8.ToArray(), Cancellation);
        Assert.Equal("hello Talos\n", await ReadLineAsync(stream));
    }

    [Fact]
    public async Task A_server_that_asks_for_new_keys_gets_them()
    {
        using var ca = TalosCa.Create(TimeProvider.System);
        using var server = await OpenSslServer.StartAsync(ca, ca, options: "-tls1_3");
        await using var stream = await ConnectAsync(ca, server.Port);

        await TypeAsync(server, "before");
        Assert.Equal("before\n", await ReadLineAsync(stream));
        await TypeAsync(server, "K");
        var reading = ReadLineAsync(stream);
        // What is typed so soon that the server reads it together with the K is lost in there, so it is typed until it arrives.
        while (!reading.IsCompleted)
        {
            await TypeAsync(server, "after");
            await Task.WhenAny(reading, Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Cancellation));
        }

        Assert.StartsWith("after\n", await reading, StringComparison.Ordinal);
        await stream.WriteAsync("still writable\n"u8.ToArray(), Cancellation);
    }

    [Fact]
    public async Task A_silent_peer_is_left_when_the_caller_gives_up()
    {
        using var ca = TalosCa.Create(TimeProvider.System);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var giveUp = new CancellationTokenSource(TimeSpan.FromMilliseconds(200), TimeProvider.System);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ConnectAsync(ca, ((IPEndPoint)listener.LocalEndpoint).Port, giveUp.Token));
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2p1\r\n")]
    [InlineData("")]
    public async Task A_peer_without_TLS_is_a_failure_and_not_a_hang(string says)
    {
        using var ca = TalosCa.Create(TimeProvider.System);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var connecting = ConnectAsync(ca, ((IPEndPoint)listener.LocalEndpoint).Port);
        using (var peer = await listener.AcceptTcpClientAsync(Cancellation))
        {
            await using var network = peer.GetStream();
            await network.ReadAtLeastAsync(new byte[4096], 1, throwOnEndOfStream: false, Cancellation);
            await network.WriteAsync(Encoding.ASCII.GetBytes(says), Cancellation);
        }

        await Assert.ThrowsAnyAsync<IOException>(() => connecting);
    }

    [Fact]
    public async Task Closing_wakes_a_writer_that_the_peer_lets_wait()
    {
        using var ca = TalosCa.Create(TimeProvider.System);
        using var server = await OpenSslServer.StartAsync(ca, ca, options: "-tls1_3");
        var stream = await ConnectAsync(ca, server.Port);
        var wall = new WallStream(stream);

        var writers = Enumerable.Range(0, 4).Select(_ => Task.Run(() => wall.WriteForeverAsync(Cancellation), Cancellation)).ToArray();
        await wall.Started.WaitAsync(Cancellation);
        await stream.DisposeAsync();

        await Task.WhenAll(writers).WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Cancellation);
    }

    [Theory]
    [InlineData(Identities.Minted)]
    [InlineData(Identities.Ed25519)]
    public async Task Hundreds_of_calls_at_once_share_a_connection(string kind)
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1);
        using (await cluster.ConfigureAsync(1))
        {
            using var client = cluster.Client(1, kind: kind);
            var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => client.HostnameAsync(Cancellation)));
            Assert.All(answers, name => Assert.Equal("n1", name));
        }
    }

    [Fact]
    public void A_key_of_another_certificate_is_refused_without_being_quoted()
    {
        using var ca = TalosCa.Create(TimeProvider.System);
        using var key = provisioner::Kronform.Provision.Talos.Pki.SigningKey.CreateEd25519();
        using var other = provisioner::Kronform.Provision.Talos.Pki.SigningKey.CreateEd25519();
        using var certificate = ca.SignClientCertificate(key.PublicKey, TimeProvider.System, TimeSpan.FromHours(1));

        var e = Assert.Throws<System.Security.Cryptography.CryptographicException>(() => TalosIdentity.FromPem(ca.ExportCertificatePem(), certificate.ExportCertificatePem(), other.ExportPem()));

        Assert.Contains("do not belong together", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(other.ExportPem().Split('\n')[1], e.ToString(), StringComparison.Ordinal);
    }

    private static async Task<OpenSslClientStream> ConnectAsync(TalosCa ca, int port, CancellationToken? cancellation = null)
    {
        var identity = Identities.Of(ca, Identities.Ed25519);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, Cancellation);
        var stream = new OpenSslClientStream(new NetworkStream(socket, ownsSocket: true), identity.OpenSsl!);
        await stream.AuthenticateAsync(cancellation ?? Cancellation);
        return stream;
    }

    private static async Task TypeAsync(OpenSslServer server, string line)
    {
        await server.Input.WriteLineAsync(line);
        await server.Input.FlushAsync(Cancellation);
    }

    private static async Task<string> ReadLineAsync(OpenSslClientStream stream)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, Cancellation);
        var line = new StringBuilder();
        var buffer = new byte[64];
        while (!line.ToString().EndsWith('\n'))
        {
            // As HttpClient does: wait for data without taking any, then take it.
            Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty, either.Token));
            var got = await stream.ReadAsync(buffer, either.Token);
            Assert.True(got > 0, $"the server hung up after '{line}'");
            line.Append(Encoding.ASCII.GetString(buffer, 0, got));
        }

        return line.ToString();
    }

    /// <summary>Writes until the stream is gone.</summary>
    private sealed class WallStream(OpenSslClientStream stream)
    {
        private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Started => _started.Task;

        public async Task WriteForeverAsync(CancellationToken cancellation)
        {
            var block = new byte[64 * 1024];
            try
            {
                while (true)
                {
                    await stream.WriteAsync(block, cancellation);
                    _started.TrySetResult();
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // That is how a writer learns of it.
            }
        }
    }
}
