using System.Security.Cryptography;
using System.Text;
using Kronform.Provision.Cluster.MachineConfigs.Rendering;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs.Rendering;

public sealed class MaskingTests
{
    private static string Render(string text) => RenderedConfig.Of(RenderedConfig.Parse(text, "a.yaml"), showSecrets: false);

    [Theory]
    [InlineData("machine: {token: geheim}")]
    [InlineData("machine: {ca: {key: geheim}}")]
    [InlineData("machine: {ca: {key: 12345}}")]
    [InlineData("cluster: {token: geheim}")]
    [InlineData("cluster: {secret: geheim}")]
    [InlineData("cluster: {ca: {key: geheim}}")]
    [InlineData("cluster: {aggregatorCA: {key: geheim}}")]
    [InlineData("cluster: {serviceAccount: {key: geheim}}")]
    [InlineData("cluster: {etcd: {ca: {key: geheim}}}")]
    [InlineData("cluster: {secretboxEncryptionSecret: geheim}")]
    [InlineData("cluster: {aescbcEncryptionSecret: geheim}")]
    [InlineData("cluster: {inlineManifests: [{name: x, contents: geheim}]}")]
    [InlineData("cluster: {extraManifestHeaders: {Authorization: geheim}}")]
    [InlineData("machine: {network: {interfaces: [{wireguard: {privateKey: geheim}}]}}")]
    [InlineData("machine: {network: {interfaces: [{wireguard: {peers: [{presharedKey: geheim}]}}]}}")]
    [InlineData("machine: {registries: {config: {ghcr.io: {auth: {username: geheim}}}}}")]
    [InlineData("machine: {registries: {config: {ghcr.io: {auth: {identityToken: geheim}}}}}")]
    [InlineData("machine: {systemDiskEncryption: {state: {keys: [{slot: 0, static: {passphrase: geheim}}]}}}")]
    [InlineData("machine: {files: [{path: /x, content: geheim}]}")]
    [InlineData("machine: {env: {AWS_SECRET_ACCESS_KEY: geheim, MY_PASSWORD: geheim}}")]
    [InlineData("machine: {env: {https_proxy: \"http://u:geheim@proxy:3128\"}}")]
    [InlineData("machine: {kubelet: {extraArgs: {x: [\"token=geheim\"]}}}")]
    [InlineData("machine: {pods: [{spec: {containers: [{env: [{name: X, value: geheim}]}]}}]}")]
    [InlineData("{apiVersion: v1alpha1, kind: WireguardConfig, name: wg0, privateKey: geheim, peers: [{presharedKey: geheim}]}")]
    [InlineData("{apiVersion: v1alpha1, kind: RegistryAuthConfig, name: ghcr.io, username: geheim, password: geheim}")]
    [InlineData("{apiVersion: v1alpha1, kind: ExtensionServiceConfig, name: tailscale, environment: [TS_AUTHKEY=geheim], configFiles: [{content: geheim, mountPath: /x}]}")]
    [InlineData("{apiVersion: v1alpha1, kind: DiscoveryIdentityConfig, secret: geheim}")]
    [InlineData("{apiVersion: v1alpha1, kind: SideroLinkConfig, apiUrl: \"https://x/?jointoken=geheim\"}")]
    [InlineData("{apiVersion: v1alpha1, kind: NotKnownYet, some: {apiKey: geheim}}")]
    [InlineData("machine: {x: |-\n    -----BEGIN EC PRIVATE KEY-----\n    geheim\n  }")]
    public void A_secret_is_a_mark(string text)
    {
        // A block does not fit into a flow map.
        string rendered = Render(text.Replace("machine: {x: |-\n    -----BEGIN EC PRIVATE KEY-----\n    geheim\n  }", "machine:\n  x: |-\n    -----BEGIN EC PRIVATE KEY-----\n    geheim\n", StringComparison.Ordinal));
        Assert.DoesNotContain("geheim", rendered);
        Assert.DoesNotContain("12345", rendered);
        Assert.Contains("<hidden sha256:", rendered);
    }

    [Fact]
    public void A_key_in_base64_is_found_wherever_it_is() =>
        Assert.Contains("x: <hidden sha256:", Render($"machine: {{x: {SampleConfig.Ca.Key}}}"));

    [Theory]
    [InlineData("machine:\n  ca:\n    crt: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t\n    key: \"\"\n")]
    [InlineData("machine:\n  network:\n    hostname: n4\n    interfaces:\n      - interface: eth0\n        dhcp: true\n")]
    [InlineData("cluster:\n  id: abc\n  controlPlane:\n    endpoint: https://api.example:6443\n")]
    [InlineData("apiVersion: v1alpha1\nkind: WireguardConfig\npeers:\n  - publicKey: abc\n")]
    [InlineData("machine:\n  features:\n    tokens: true\n")]
    public void What_is_no_secret_stays_readable(string text) => Assert.Equal(text, Render(text));

    [Fact]
    public void A_mark_is_the_beginning_of_the_digest_so_that_equal_secrets_can_be_seen()
    {
        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("geheim")))[..8];
        Assert.Equal($"machine:\n  token: <hidden sha256:{digest}>\n", Render("machine: {token: geheim}"));
    }
}
