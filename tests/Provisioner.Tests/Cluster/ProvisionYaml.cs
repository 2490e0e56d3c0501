using Kronform.Provision.Cluster;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Cluster;

/// <summary>A correct provision.yaml, and ways to spoil it.</summary>
internal static class ProvisionYaml
{
    public const string Digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    public const string Good = $$"""
        cluster:
          name: kronform
          endpoint: https://api.kronform.example:6443
          talosVersion: v1.13.9
        robot:
          username: { env: HROBOT_USERNAME }
          password: { file: secrets/robot }
        ssh:
          privateKey: keys/id_ed25519
        image:
          url: https://github.com/siderolabs/talos/releases/download/v1.13.9/metal-amd64.raw.zst
          sha256: {{Digest}}
        nodes:
          n4:
            server: 321
            address: 10.77.0.14
            role: controlplane
            config: machineconfigs/n4.yaml
            bootstrap: true
            disk: { serial: S64KNX0T000001 }
          n5:
            server: 322
            role: worker
            config: machineconfigs/n5.yaml
        """;

    public static ClusterSpec Parse(string text) => ClusterFile.Parse(text, "provision.yaml");

    public static ConfigProblemsException Refusal(string text) => Assert.Throws<ConfigProblemsException>(() => Parse(text));

    /// <summary>The good file with one piece replaced; fails when the piece is not there, so that no test spoils nothing.</summary>
    public static string With(string piece, string replacement)
    {
        Assert.Contains(piece, Good);
        return Good.Replace(piece, replacement, StringComparison.Ordinal);
    }
}
