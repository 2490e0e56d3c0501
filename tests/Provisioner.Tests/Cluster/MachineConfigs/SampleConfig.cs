using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs;

/// <summary>A control plane's machine config, shaped as talosctl writes it, with a CA made for the test run.</summary>
internal static class SampleConfig
{
    public static readonly (string Crt, string Key) Ca = NewCa();

    public static string Text { get; } = $$"""
        version: v1alpha1
        machine:
          type: controlplane
          token: abcdef.0123456789abcdef
          ca:
            crt: {{Ca.Crt}}
            key: {{Ca.Key}}
          network:
            hostname: n4
          install:
            disk: none
            diskSelector:
              size: < 1TB
            image: ghcr.io/siderolabs/installer:v1.13.9
        cluster:
          id: Y2x1c3Rlci1pZA==
          secret: Z2VoZWlt
          controlPlane:
            endpoint: https://api.kronform.example:6443/
          network:
            cni:
              name: none

        """;

    public static MachineConfig Parse(string text) => MachineConfigFile.Parse(Encoding.UTF8.GetBytes(text), "n4.yaml");

    public static ConfigProblemsException Refusal(string text) => Assert.Throws<ConfigProblemsException>(() => Parse(text));

    public static string With(string piece, string replacement)
    {
        Assert.Contains(piece, Text);
        return Text.Replace(piece, replacement, StringComparison.Ordinal);
    }

    public static (string Crt, string Key) NewCa()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("O=talos", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return (Base64(certificate.ExportCertificatePem()), Base64(key.ExportPkcs8PrivateKeyPem().Replace("PRIVATE KEY", "ED25519 PRIVATE KEY", StringComparison.Ordinal)));
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
