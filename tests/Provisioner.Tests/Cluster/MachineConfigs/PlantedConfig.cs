using System.Text;
using System.Text.RegularExpressions;
using Kronform.Provision.Talos.Pki;

namespace Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs;

/// <summary>A machine config with a value that cannot be overlooked in every field that holds a secret.</summary>
internal static partial class PlantedConfig
{
    private static readonly TalosCa Ca = TalosCa.Create(TimeProvider.System);

    /// <summary>Secrets stand between « and ».</summary>
    private const string Template = """
        version: v1alpha1
        machine:
          type: controlplane
          token: «plant0.0123456789plant0»
          ca:
            crt: CA-CRT
            key: «CA-KEY»
          acceptedCAs:
            - crt: CA-CRT
          network:
            nameservers: [185.12.64.1]
            interfaces:
              - interface: wg0
                wireguard: {privateKey: «cGxhbnRlZHdpcmVndWFyZHByaXZhdGVrZXkwMDAwMDA=», peers: [{publicKey: a, presharedKey: «planted-psk»}]}
          registries:
            config:
              ghcr.io: {auth: {username: «planted-user», password: «planted-pass», auth: «planted-auth», identityToken: «planted-identity»}}
          systemDiskEncryption:
            state: {provider: luks2, keys: [{slot: 0, static: {passphrase: «planted-luks»}}]}
          files:
            - {content: «planted-file», path: /var/x, op: create, permissions: 0o600}
          env: {http_proxy: "http://u:«planted-proxy»@proxy:3128", API_TOKEN: «planted-env»}
          kubelet: {extraArgs: {x: "token=«planted-arg»"}}
          install: {disk: none, diskSelector: {size: < 1TB}, image: "ghcr.io/siderolabs/installer:v1.13.9"}
        cluster:
          id: Y2x1c3Rlci1pZA==
          secret: «cGxhbnRlZGNsdXN0ZXJzZWNyZXQwMDAwMDAwMDAwMDA=»
          token: «plant1.0123456789plant1»
          secretboxEncryptionSecret: «cGxhbnRlZHNlY3JldGJveDAwMDAwMDAwMDAwMDAwMDA=»
          aescbcEncryptionSecret: «cGxhbnRlZGFlc2NiYzAwMDAwMDAwMDAwMDAwMDAwMDA=»
          ca: {crt: YQ==, key: «planted-k8s-ca»}
          aggregatorCA: {crt: YQ==, key: «planted-aggregator»}
          serviceAccount: {key: «planted-service-account»}
          etcd: {ca: {crt: YQ==, key: «planted-etcd»}}
          inlineManifests: [{name: x, contents: «planted-manifest»}]
          extraManifestHeaders: {Authorization: «planted-header»}
          controlPlane: {endpoint: "https://api.kronform.example:6443"}
          network: {cni: {name: none}}
        ---
        apiVersion: v1alpha1
        kind: ExtensionServiceConfig
        name: tailscale
        environment: [TS_AUTHKEY=«planted-tailscale»]
        configFiles: [{content: «planted-extension», mountPath: /x}]
        ---
        apiVersion: v1alpha1
        kind: WireguardConfig
        name: wg1
        privateKey: «planted-wireguard-document»
        ---
        apiVersion: v1alpha1
        kind: RegistryAuthConfig
        name: docker.io
        username: robot
        password: «planted-registry-document»

        """;

    /// <summary>Of an operator who has other clusters too.</summary>
    private const string KubeconfigTemplate = """
        apiVersion: v1
        kind: Config
        clusters:
        - name: work
          cluster: {server: "https://work:6443", certificate-authority-data: «cGxhbnRlZC1rdWJlLWNhLTAwMDAwMDAwMDAwMDAw»}
        users:
        - name: me
          user:
            client-certificate-data: «cGxhbnRlZC1rdWJlLWNlcnRpZmljYXRlLTAwMDAw»
            client-key-data: «cGxhbnRlZC1rdWJlLWtleS0wMDAwMDAwMDAwMDAw»
            token: «planted-kube-token»
        contexts:
        - name: work
          context: {cluster: work, user: me}
        current-context: work

        """;

    private const string TalosconfigTemplate = """
        context: work
        contexts:
            work:
                endpoints:
                    - 192.0.2.1
                ca: «cGxhbnRlZC10YWxvcy1jYS0wMDAwMDAwMDAwMDAw»
                crt: «cGxhbnRlZC10YWxvcy1jcnQtMDAwMDAwMDAwMDAw»
                key: «cGxhbnRlZC10YWxvcy1rZXktMDAwMDAwMDAwMDAw»

        """;

    private static readonly string Marked = Template
        .Replace("CA-CRT", Base64(Ca.ExportCertificatePem()), StringComparison.Ordinal).Replace("CA-KEY", Base64(Ca.ExportKeyPem()), StringComparison.Ordinal);

    public static string Base { get; } = Plain(Marked);

    public static string Kubeconfig { get; } = Plain(KubeconfigTemplate);

    public static string Talosconfig { get; } = Plain(TalosconfigTemplate);

    /// <summary>Everything that must not be seen anywhere.</summary>
    public static IReadOnlyList<string> Values { get; } = Of(Marked + KubeconfigTemplate + TalosconfigTemplate);

    /// <summary>Those of the machine config.</summary>
    public static IReadOnlyList<string> OfConfig { get; } = Of(Marked);

    private static IReadOnlyList<string> Of(string marked) => [.. Secret().Matches(marked).Select(m => m.Groups[1].Value)];

    private static string Plain(string marked) => marked.Replace("«", "", StringComparison.Ordinal).Replace("»", "", StringComparison.Ordinal);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));

    [GeneratedRegex("«([^»]*)»")]
    private static partial Regex Secret();
}
