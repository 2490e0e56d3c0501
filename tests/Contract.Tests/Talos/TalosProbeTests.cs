extern alias provisioner;

using System.Net;
using System.Net.Sockets;
using Kronform.Provision.Talos;
using Xunit;
using TalosCa = provisioner::Kronform.Provision.Talos.Pki.TalosCa;

namespace Kronform.Provision.Contract.Tests.Talos;

public sealed class TalosProbeTests
{
    [Fact]
    public async Task A_server_that_asks_for_no_client_certificate_is_in_maintenance()
    {
        using var throwAway = TalosCa.Create(TimeProvider.System);
        using var server = await OpenSslServer.StartAsync(throwAway, commonName: "maintenance-service.talos.dev");

        var found = Assert.IsType<TalosProbeResult.Maintenance>(await ProbeAsync(server.Port));

        Assert.Equal("maintenance-service.talos.dev", found.SubjectCn);
        Assert.Matches("^[A-Za-z0-9+/]{43}=$", found.SpkiFingerprint);
        Assert.Equal(found, await ProbeAsync(server.Port));
    }

    [Theory]
    [InlineData("-tls1_3")]
    [InlineData("-tls1_2")]
    public async Task A_server_that_demands_a_client_certificate_is_configured(string version)
    {
        using var ca = TalosCa.Create(TimeProvider.System);
        using var server = await OpenSslServer.StartAsync(ca, ca, options: version);

        var found = Assert.IsType<TalosProbeResult.WantsClientCertificate>(await ProbeAsync(server.Port));

        Assert.Equal(["O=talos"], found.AcceptableIssuers);
        Assert.Equal("CN=n1", found.ServerCertificate?.Subject);
    }

    [Fact]
    public async Task A_closed_port_is_refused()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        Assert.Equal(new TalosProbeResult.NoAnswer(NoAnswerReason.Refused), await ProbeAsync(port));
    }

    [Fact]
    public async Task A_rescue_system_on_the_port_is_quoted()
    {
        var found = await ProbeSpeakerAsync(async stream => await stream.WriteAsync("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"u8.ToArray()));

        Assert.Equal(new TalosProbeResult.NotTls("SSH-2.0-OpenSSH_9.2p1 Debian-2"), found);
    }

    [Fact]
    public async Task A_connection_dropped_without_a_word_is_a_reset() =>
        Assert.Equal(new TalosProbeResult.NoAnswer(NoAnswerReason.Reset), await ProbeSpeakerAsync(_ => Task.CompletedTask));

    [Fact]
    public async Task A_stuck_machine_that_takes_the_connection_and_says_nothing_is_mute()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        var found = await ProbeAsync(((IPEndPoint)listener.LocalEndpoint).Port, TimeSpan.FromMilliseconds(300));

        Assert.Equal(new TalosProbeResult.NoAnswer(NoAnswerReason.Mute), found);
    }

    [Fact]
    public async Task Being_cancelled_is_not_an_answer()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var cancelled = new CancellationTokenSource(TimeSpan.FromMilliseconds(100), TimeProvider.System);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => TalosProbe.ProbeAsync(
            IPAddress.Loopback, ((IPEndPoint)listener.LocalEndpoint).Port, TimeProvider.System, TimeSpan.FromMinutes(1), cancelled.Token));
    }

    private static async Task<TalosProbeResult> ProbeSpeakerAsync(Func<Stream, Task> speak)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var speaking = Speak();
        var found = await ProbeAsync(((IPEndPoint)listener.LocalEndpoint).Port);
        await speaking;
        return found;

        async Task Speak()
        {
            using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            await using var stream = client.GetStream();
            // The ClientHello is read first: closing with unread bytes sends a reset that can overtake what was written.
            await stream.ReadAtLeastAsync(new byte[4096], 1, throwOnEndOfStream: false, TestContext.Current.CancellationToken);
            await speak(stream);
        }
    }

    private static Task<TalosProbeResult> ProbeAsync(int port, TimeSpan? timeout = null) => TalosProbe.ProbeAsync(
        IPAddress.Loopback, port, TimeProvider.System, timeout ?? TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
}
