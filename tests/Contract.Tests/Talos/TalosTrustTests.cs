extern alias provisioner;

using System.Net;
using System.Security.Cryptography.X509Certificates;
using Kronform.Provision.Talos;
using Xunit;
using TalosCa = provisioner::Kronform.Provision.Talos.Pki.TalosCa;

namespace Kronform.Provision.Contract.Tests.Talos;

/// <summary>Every way in which two sides can fail to trust each other has a name of its own.</summary>
public sealed class TalosTrustTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_node_of_another_cluster_is_told_from_one_that_does_not_answer()
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1);
        using var ours = await cluster.ConfigureAsync(1);
        using var other = TalosCa.Create(TimeProvider.System);
        using var stranger = cluster.Client(1, other);

        Assert.Equal(TalosTrustFailure.ServerOfAnotherCa, await FailureAsync(stranger));

        await cluster.Node(1).DisposeAsync();
        var e = await Assert.ThrowsAsync<TalosRpcException>(() => stranger.VersionAsync(Cancellation));
        Assert.Equal((GrpcCode.Unavailable, "connection refused"), (e.Code, e.Detail));
    }

    [Fact]
    public async Task A_node_in_maintenance_is_not_of_our_CA()
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1);
        using var client = cluster.Client(1);

        Assert.Equal(TalosTrustFailure.ServerOfAnotherCa, await FailureAsync(client));
    }

    [Fact]
    public async Task A_node_that_shows_another_key_than_before_gets_nothing()
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1);
        using var pinned = await cluster.MaintenanceClientAsync(1);
        await cluster.RestartAsync(1);

        var e = await Assert.ThrowsAsync<TalosTrustException>(() => pinned.ApplyConfigurationAsync(cluster.Config(1), dryRun: false, Cancellation));

        Assert.Equal(TalosTrustFailure.ServerPinMismatch, e.Failure);
        Assert.IsType<TalosProbeResult.Maintenance>(await cluster.ProbeAsync(1));
    }

    [Fact]
    public async Task The_failure_of_one_connection_does_not_colour_the_next()
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1);
        using var client = cluster.Client(1);
        Assert.Equal(TalosTrustFailure.ServerOfAnotherCa, await FailureAsync(client));

        using var configured = await cluster.ConfigureAsync(1);

        Assert.IsType<TalosVersionAnswer.Known>(await client.VersionAsync(Cancellation));
    }

    [Theory]
    [InlineData(Identities.Minted, "-tls1_3")]
    [InlineData(Identities.Minted, "-tls1_2")]
    [InlineData(Identities.Ed25519, "-tls1_3")]
    [InlineData(Identities.Ed25519, "-tls1_2")]
    public async Task A_refused_client_certificate_is_known_by_the_alert(string kind, string version)
    {
        using var ca = TalosCa.Create(TimeProvider.System);
        using var other = TalosCa.Create(TimeProvider.System);
        using var server = await OpenSslServer.StartAsync(ca, clientCa: other, options: version);
        using var client = server.Client(ca, kind);

        var e = await Assert.ThrowsAsync<TalosTrustException>(() => client.VersionAsync(Cancellation));

        Assert.Equal(TalosTrustFailure.ClientCertificateRefused, e.Failure);
        Assert.Contains("TLS alert 48, unknown CA", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, TalosTrustFailure.ServerOfAnotherCa)]
    [InlineData(true, null)]
    public async Task While_a_CA_is_being_replaced_a_node_of_an_accepted_CA_is_trusted(bool accepted, TalosTrustFailure? expected)
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1);
        using var ours = await cluster.ConfigureAsync(1);
        using var next = TalosCa.Create(TimeProvider.System);
        using var key = provisioner::Kronform.Provision.Talos.Pki.SigningKey.CreateEd25519();
        using var certificate = cluster.Ca.SignClientCertificate(key.PublicKey, TimeProvider.System, TimeSpan.FromHours(1));
        using var identity = TalosIdentity.FromPem(next.ExportCertificatePem(), certificate.ExportCertificatePem(), key.ExportPem(), accepted ? [cluster.Ca.ExportCertificatePem()] : null);
        using var client = TalosClient.ForConfigured(cluster.Address(1), cluster.Node(1).BoundPort, identity, TimeProvider.System);

        var failure = await Record.ExceptionAsync(() => client.VersionAsync(Cancellation));
        Assert.Equal(expected, (failure as TalosTrustException)?.Failure);
        Assert.Equal(accepted, failure is null);
    }

    [Fact]
    public async Task A_hang_up_after_the_handshake_names_both_reasons_it_can_have()
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1);
        using var ours = await cluster.ConfigureAsync(1);
        using var other = TalosCa.Create(TimeProvider.System);
        using var identity = new TalosIdentity(
            X509CertificateLoader.LoadCertificate(cluster.Ca.Certificate.RawData), other.IssueClientCertificate(TimeProvider.System, TimeSpan.FromHours(1)));
        using var client = TalosClient.ForConfigured(cluster.Address(1), cluster.Node(1).BoundPort, identity, TimeProvider.System);

        // Kestrel sends no alert when it refuses a certificate, it just closes; real Talos does (see the test with an alert).
        var e = await Assert.ThrowsAsync<TalosRpcException>(() => client.VersionAsync(Cancellation));

        Assert.Equal(GrpcCode.Unavailable, e.Code);
        Assert.Contains("hung up right after the TLS handshake", e.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Identities.Minted)]
    [InlineData(Identities.Ed25519)]
    public async Task A_certificate_of_our_CA_for_another_address_is_a_name_mismatch(string kind)
    {
        using var ca = TalosCa.Create(TimeProvider.System);
        using var server = await OpenSslServer.StartAsync(ca, ca, address: "192.0.2.4");
        using var client = server.Client(ca, kind);

        Assert.Equal(TalosTrustFailure.ServerNameMismatch, await FailureAsync(client));
    }

    [Theory]
    [InlineData(Identities.Minted, -2, TalosTrustFailure.ServerCertificateExpired, "the node's clock is at least 47 hours behind ours")]
    [InlineData(Identities.Ed25519, -2, TalosTrustFailure.ServerCertificateExpired, "the node's clock is at least 47 hours behind ours")]
    [InlineData(Identities.Minted, 2, TalosTrustFailure.ServerCertificateNotYetValid, "the node's clock is at least 48 hours ahead of ours")]
    [InlineData(Identities.Ed25519, 2, TalosTrustFailure.ServerCertificateNotYetValid, "the node's clock is at least 48 hours ahead of ours")]
    public async Task A_certificate_of_our_CA_out_of_its_time_tells_how_far_the_clocks_are_apart(string kind, int days, TalosTrustFailure failure, string text)
    {
        using var ca = TalosCa.Create(new ShiftedTime(TimeSpan.FromDays(-10)));
        using var server = await OpenSslServer.StartAsync(ca, ca, issued: new ShiftedTime(TimeSpan.FromDays(days)));
        using var client = server.Client(ca, kind);

        var e = await Assert.ThrowsAsync<TalosTrustException>(() => client.VersionAsync(Cancellation));

        Assert.Equal(failure, e.Failure);
        Assert.Contains(text, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Identities.Minted, true)]
    [InlineData(Identities.Ed25519, true)]
    [InlineData(Identities.Minted, false)]
    [InlineData(Identities.Ed25519, false)]
    public async Task An_Ed25519_server_is_believed_only_when_our_CA_signed_it(string kind, bool ours)
    {
        using var ca = TalosCa.Create(TimeProvider.System);
        using var namesake = TalosCa.Create(TimeProvider.System);
        using var server = await OpenSslServer.StartAsync(ours ? ca : namesake, ca);
        using var client = server.Client(ca, kind);

        // s_server speaks no HTTP/2, so a call can at best get that far.
        var e = await Assert.ThrowsAnyAsync<Exception>(() => client.VersionAsync(Cancellation).WaitAsync(TimeSpan.FromSeconds(2), TimeProvider.System, Cancellation));

        if (ours)
            Assert.IsNotType<TalosTrustException>(e);
        else
            Assert.Equal(TalosTrustFailure.ServerOfAnotherCa, Assert.IsType<TalosTrustException>(e).Failure);
    }

    private static async Task<TalosTrustFailure> FailureAsync(TalosClient client) =>
        (await Assert.ThrowsAsync<TalosTrustException>(() => client.VersionAsync(Cancellation))).Failure;

    private sealed class ShiftedTime(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
