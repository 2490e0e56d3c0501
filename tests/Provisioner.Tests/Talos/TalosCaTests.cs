using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Kronform.Provision.Talos.Pki;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Talos;

public sealed class TalosCaTests
{
    private static readonly TimeProvider Clock = TimeProvider.System;

    [Theory]
    [InlineData("ed25519")]
    [InlineData("ecdsa")]
    public async Task OpenSSL_accepts_the_CA_and_what_it_issues_strictly(string kind)
    {
        using var ca = kind == "ed25519" ? TalosCa.Create(Clock) : TalosCa.CreateEcdsa(Clock);
        using var client = ca.IssueClientCertificate(Clock, TimeSpan.FromHours(1));
        using var server = ca.IssueServerCertificate("n4", [IPAddress.Parse("192.0.2.4"), IPAddress.IPv6Loopback], ["n4"], Clock, TimeSpan.FromHours(1));
        using var openssl = new OpenSslProgram();
        openssl.Write("ca.pem", ca.ExportCertificatePem());
        openssl.Write("client.pem", client.ExportCertificatePem());
        openssl.Write("server.pem", server.ExportCertificatePem());

        await AssertVerifies("-purpose", "sslclient", "client.pem");
        await AssertVerifies("-purpose", "sslserver", "-verify_ip", "192.0.2.4", "server.pem");
        await AssertVerifies("-purpose", "sslserver", "-verify_hostname", "n4", "server.pem");
        Assert.NotEqual(0, (await Verify("-purpose", "sslserver", "client.pem")).ExitCode);
        Assert.NotEqual(0, (await Verify("-purpose", "sslclient", "server.pem")).ExitCode);

        async Task AssertVerifies(params string[] arguments)
        {
            var run = await Verify(arguments);
            Assert.True(run.ExitCode == 0, run.Output);
        }

        Task<(int ExitCode, string Output)> Verify(params string[] arguments) =>
            openssl.RunAsync(["verify", "-x509_strict", "-check_ss_sig", "-CAfile", "ca.pem", .. arguments]);
    }

    [Fact]
    public void The_client_certificate_is_what_apid_demands()
    {
        var now = new DateTimeOffset(2026, 11, 20, 3, 0, 0, TimeSpan.Zero);
        using var ca = TalosCa.Create(new FixedTime(now.AddDays(-30)));
        using var certificate = ca.IssueClientCertificate(new FixedTime(now), TimeSpan.FromHours(2));

        Assert.Equal("O=os:admin", certificate.Subject);
        Assert.Equal("O=talos", certificate.Issuer);
        var usages = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages;
        Assert.Equal(["1.3.6.1.5.5.7.3.2"], usages.Cast<Oid>().Select(o => o.Value!));
        Assert.Equal(X509KeyUsageFlags.DigitalSignature, certificate.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
        Assert.Equal(256, certificate.GetECDsaPrivateKey()!.KeySize);
        Assert.Equal(now - TimeSpan.FromMinutes(5), new DateTimeOffset(certificate.NotBefore));
        Assert.Equal(now + TimeSpan.FromHours(2), new DateTimeOffset(certificate.NotAfter));
    }

    [Fact]
    public void A_new_CA_is_made_as_talosctl_makes_it()
    {
        using var ca = TalosCa.Create(Clock);

        Assert.Equal("O=talos", ca.Certificate.Subject);
        Assert.Equal("1.3.101.112", ca.Certificate.GetKeyAlgorithm());
        Assert.Equal("1.3.101.112", ca.Certificate.SignatureAlgorithm.Value);
        Assert.InRange((ca.Certificate.NotAfter.ToUniversalTime() - Clock.GetUtcNow()).TotalHours, 87599, 87600);
        Assert.StartsWith("-----BEGIN ED25519 PRIVATE KEY-----", ca.ExportKeyPem(), StringComparison.Ordinal);
        Assert.False(ca.Certificate.HasPrivateKey);
    }

    [Theory]
    [InlineData("ed25519")]
    [InlineData("ecdsa")]
    public void What_is_exported_is_read_back_as_the_same_CA(string kind)
    {
        using var ca = kind == "ed25519" ? TalosCa.Create(Clock) : TalosCa.CreateEcdsa(Clock);
        using var again = TalosCa.FromEncoded(Encode(ca.ExportCertificatePem()), Encode(ca.ExportKeyPem()));

        Assert.Equal(ca.Certificate.Thumbprint, again.Certificate.Thumbprint);
        Assert.Equal(ca.ExportKeyPem(), again.ExportKeyPem());

        static string Encode(string pem) => Convert.ToBase64String(Encoding.ASCII.GetBytes(pem));
    }

    [Theory]
    [InlineData("ED25519 PRIVATE KEY", "ED25519", null)]
    [InlineData("PRIVATE KEY", "ED25519", null)]
    [InlineData("PRIVATE KEY", "EC", "ec_paramgen_curve:P-384")]
    [InlineData("PRIVATE KEY", "RSA", "rsa_keygen_bits:2048")]
    [InlineData("EC PRIVATE KEY", "EC", "ec_paramgen_curve:P-256")]
    [InlineData("RSA PRIVATE KEY", "RSA", "rsa_keygen_bits:2048")]
    public async Task A_CA_made_by_OpenSSL_is_loaded_whatever_its_key(string label, string algorithm, string? option)
    {
        using var openssl = new OpenSslProgram();
        string[] options = option is null ? [] : ["-pkeyopt", option];
        await Succeed(["genpkey", "-algorithm", algorithm, .. options, "-out", "ca.key"]);
        await Succeed("req", "-x509", "-new", "-key", "ca.key", "-subj", "/O=talos", "-days", "10", "-addext", "keyUsage=critical,keyCertSign,digitalSignature", "-out", "ca.pem");
        if (label is "EC PRIVATE KEY" or "RSA PRIVATE KEY")
            await Succeed("pkey", "-traditional", "-in", "ca.key", "-out", "old.key");
        var key = openssl.ReadText(label is "EC PRIVATE KEY" or "RSA PRIVATE KEY" ? "old.key" : "ca.key");
        if (label == "ED25519 PRIVATE KEY")
            key = key.Replace("PRIVATE KEY", label, StringComparison.Ordinal);
        Assert.Contains($"-----BEGIN {label}-----", key, StringComparison.Ordinal);

        using var ca = TalosCa.FromPem(openssl.ReadText("ca.pem"), key);
        using var client = ca.IssueClientCertificate(Clock, TimeSpan.FromHours(1));
        openssl.Write("client.pem", client.ExportCertificatePem());

        await Succeed("verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", "ca.pem", "client.pem");

        async Task Succeed(params string[] arguments)
        {
            var run = await openssl.RunAsync(arguments);
            Assert.True(run.ExitCode == 0, string.Join(' ', arguments) + "\n" + run.Output);
        }
    }

    [Fact]
    public void A_key_of_another_CA_is_refused_and_the_message_does_not_hold_it()
    {
        using var ours = TalosCa.Create(Clock);
        using var other = TalosCa.Create(Clock);

        var e = Assert.Throws<CryptographicException>(() => TalosCa.FromPem(ours.ExportCertificatePem(), other.ExportKeyPem()));

        Assert.Equal("The Talos CA's private key does not belong to its certificate.", e.Message);
        Assert.DoesNotContain(other.ExportKeyPem().Split('\n')[1], e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_leaf_is_not_taken_for_a_CA()
    {
        using var ca = TalosCa.Create(Clock);
        using var leaf = ca.IssueClientCertificate(Clock, TimeSpan.FromHours(1));

        var e = Assert.Throws<CryptographicException>(() =>
            TalosCa.FromPem(leaf.ExportCertificatePem(), leaf.GetECDsaPrivateKey()!.ExportECPrivateKeyPem()));

        Assert.Contains("is not a CA certificate", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not pem at all")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMAo=\n-----END PRIVATE KEY-----")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----")]
    public void A_key_that_is_none_is_refused_in_words(string key)
    {
        using var ca = TalosCa.Create(Clock);

        var e = Assert.Throws<CryptographicException>(() => TalosCa.FromPem(ca.ExportCertificatePem(), key));

        Assert.StartsWith("Reading the CA's private key:", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_expired_CA_issues_nothing_and_says_since_when()
    {
        using var ca = TalosCa.Create(new FixedTime(new DateTimeOffset(2014, 1, 1, 0, 0, 0, TimeSpan.Zero)));

        var e = Assert.Throws<CryptographicException>(() => ca.IssueClientCertificate(Clock, TimeSpan.FromHours(1)));

        Assert.Contains("expired on 2023-12-30", e.Message, StringComparison.Ordinal);
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
