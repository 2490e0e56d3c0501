using System.Security.Cryptography;
using System.Text;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Failures;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs.SampleConfig;

namespace Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs;

public sealed class MachineConfigFileTests
{
    [Fact]
    public void Everything_provisioning_uses_is_read_with_its_line()
    {
        var config = Parse(Text);

        Assert.Equal(NodeRole.ControlPlane, config.Role);
        Assert.Equal(new ConfigText("n4", 9, 5), config.Hostname);
        Assert.Equal(new ConfigText("https://api.kronform.example:6443/", 19, 5), config.Endpoint);
        Assert.Equal(new ConfigText("none", 11, 5), config.InstallDisk);
        Assert.Equal(new ConfigText("< 1TB", 13, 7), config.DiskSelector["size"]);
        Assert.Equal("ghcr.io/siderolabs/installer:v1.13.9", config.InstallImage);
        Assert.Equal("none", config.CniName);
        Assert.Equal("Y2x1c3Rlci1pZA==", config.ClusterId!.Value);
        Assert.StartsWith("-----BEGIN CERTIFICATE-----", config.CaCertificatePem);
        Assert.StartsWith("-----BEGIN ED25519 PRIVATE KEY-----", config.CaKeyPem!.Reveal());
        Assert.Equal(Text, Encoding.UTF8.GetString(config.Raw.Span));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text))), config.Sha256);
        Assert.Null(config.UnattendedMatch);
    }

    [Fact]
    public void Nothing_secret_shows_in_its_text()
    {
        var config = Parse(Text);
        Assert.Equal($"n4.yaml (sha256 {config.Sha256}, hidden)", config.ToString());
        Assert.Equal("(hidden)", config.CaKeyPem!.ToString());
    }

    [Fact]
    public void Further_documents_give_the_host_name_and_the_expression()
    {
        var config = Parse(With("  network:\n    hostname: n4\n", "").Replace("  install:\n    disk: none\n    diskSelector:\n      size: < 1TB\n    image: ghcr.io/siderolabs/installer:v1.13.9\n", "", StringComparison.Ordinal) + """
            ---
            apiVersion: v1alpha1
            kind: HostnameConfig
            hostname: n4.example.com
            ---
            apiVersion: v1alpha1
            kind: UnattendedInstallConfig
            provisioning:
              diskSelector:
                match: disk.serial == "X1"
            """);
        Assert.Equal("n4.example.com", config.Hostname!.Value);
        Assert.Equal("disk.serial == \"X1\"", config.UnattendedMatch!.Value);
        Assert.Equal(["HostnameConfig", "UnattendedInstallConfig"], config.OtherKinds);
        Assert.Empty(config.DiskSelector);
    }

    [Fact]
    public void A_workers_config_has_no_key()
    {
        var config = Parse(With("controlplane", "worker").Replace(Ca.Key, "\"\"", StringComparison.Ordinal));
        Assert.Equal(NodeRole.Worker, config.Role);
        Assert.Null(config.CaKeyPem);
    }

    public static TheoryData<string, string, string> Faults { get; } = new()
    {
        { "type: controlplane", "type: init", "n4.yaml:3:3 machine.type: \"init\" is not a machine type; write controlplane or worker" },
        { "  type: controlplane\n", "", "n4.yaml:2:1 machine.type: is missing; write controlplane or worker" },
        { "    endpoint: https://api.kronform.example:6443/", "    other: 1", "n4.yaml:15:1 cluster.controlPlane.endpoint: is missing; write the cluster's endpoint as in provision.yaml" },
        { "crt: ", "crt: '!'#", "n4.yaml:6:5 machine.ca.crt: is not base64; write base64 of the PEM text, as talosctl gen config does" },
        { "crt: ", "crt: Z2VoZWlt #", "n4.yaml:6:5 machine.ca.crt: is not a certificate; write base64 of the PEM text, as talosctl gen config does" },
        { "crt: ", "cert: ", "n4.yaml:5:3 machine.ca.crt: is missing; write the Talos API CA's certificate, as talosctl gen config does" },
        { "key: ", "key: Z2VoZWlt #", "n4.yaml:7:5 machine.ca.key: is not a private key; write base64 of the PEM text, as talosctl gen config does" },
        { "diskSelector:\n      size: < 1TB", "diskSelector: smallest", "n4.yaml:12:5 machine.install.diskSelector: is not a map; write fields such as serial or size below it" },
        { "size: < 1TB", "size:\n        - 1", "n4.yaml:13:7 machine.install.diskSelector.size: is not a single value; correct the indentation below it" },
        { "size: < 1TB", "size: > 1TB", "; put a value that begins with > into quotes" },
        { "cluster:\n", "---\nmachine:\n", "n4.yaml:16:1: a second document without kind; keep one main document; the others need apiVersion and kind" },
        { "version: v1alpha1\nmachine:", "foo:", "n4.yaml:1:1: no document is a Talos machine config (version: v1alpha1 with machine and cluster); write it with talosctl gen config" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_is_named_with_its_place_and_without_secrets(string piece, string replacement, string expected)
    {
        var error = Refusal(With(piece, replacement));

        Assert.Contains(error.Problems, p => p.ToString().EndsWith(expected, StringComparison.Ordinal));
        Assert.Equal(FailureCode.MachineConfigInvalid, error.Code);
        Assert.DoesNotContain("Z2VoZWlt", error.ToString());
        Assert.DoesNotContain(Ca.Key, error.ToString());
    }

    [Fact]
    public void A_host_name_set_twice_is_refused_as_Talos_does() =>
        Assert.Equal("n4.yaml:26:1 HostnameConfig.hostname: the host name is also set in line 9 (machine.network.hostname); keep one of the two: Talos refuses both",
            Assert.Single(Refusal(Text + "---\napiVersion: v1alpha1\nkind: HostnameConfig\nhostname: n5\n").Problems).ToString());
}
