using System.Text;
using System.Text.RegularExpressions;
using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster.MachineConfigs.Rendering;

/// <summary>
/// What in a machine config is not for other eyes. It is told by the names of keys and by what a value looks like, so that fields
/// of a Talos that is not known yet are covered too; hiding too much is the smaller mistake.
/// </summary>
internal static partial class SecretFields
{
    /// <summary>Everything below these is hidden: texts of the operator's own, which often are Kubernetes secrets or keys of services.</summary>
    private static readonly string[] HiddenBelow =
    [
        "machine.registries.config.*.auth", "machine.files.*.content", "machine.pods", "cluster.inlineManifests.*.contents", "cluster.extraManifestHeaders",
        "RegistryAuthConfig.username", "ExtensionServiceConfig.configFiles.*.content", "ExtensionServiceConfig.environment", "KubeStaticPodConfig.pod", "EtcFileConfig.contents", "KubeInlineManifestConfig.manifest", "KubeExternalManifestConfig.headers", "ContainerConfig.environment",
    ];

    /// <summary>Names that would match and are public.</summary>
    private static readonly string[] Public = ["publicKey", "secretsEncryptionProvider"];

    /// <param name="path">Keys from the document's root, <c>*</c> for a list's element; for documents with a kind the kind comes first.</param>
    public static bool IsHidden(IReadOnlyList<string> path) => path.Any(IsSecretName) || HiddenBelow.Any(pattern => Covers(pattern, path));

    /// <summary>A secret in a place where none is expected: a private key, a Talos token, a password in an address.</summary>
    public static bool LooksSecret(YamlText text) => SecretShape().IsMatch(text.Value) || (Base64().IsMatch(text.Value) && Decoded(text.Value).Contains("PRIVATE KEY-----", StringComparison.Ordinal));

    /// <summary>The secret inside a hidden value: the password of an address, what stands after <c>name=</c>.</summary>
    public static IEnumerable<string> Parts(string value) => Part().Matches(value).Select(m => m.Groups["part"].Value);

    private static bool IsSecretName(string name) => !Public.Contains(name) && SecretName().IsMatch(name);

    private static bool Covers(string pattern, IReadOnlyList<string> path)
    {
        string[] steps = pattern.Split('.');
        return path.Count >= steps.Length && steps.Zip(path).All(p => p.First == "*" || p.First == p.Second);
    }

    private static string Decoded(string value)
    {
        byte[] bytes = new byte[value.Length];
        return Convert.TryFromBase64String(value, bytes, out int count) ? Encoding.ASCII.GetString(bytes, 0, count) : "";
    }

    [GeneratedRegex("(^|_|-)(key|auth|psk)$|token|secret|passw(or)?d|passphrase|private[_-]?key|preshared[_-]?key|api[_-]?key|auth[_-]?key|credentials$", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();

    [GeneratedRegex(@"PRIVATE KEY-----|\b[0-9a-z]{6}\.[0-9a-z]{16}\b|://[^/@\s]+@|AGE-SECRET-KEY-|(token|secret|passw(or)?d|key)=[^\s&]", RegexOptions.IgnoreCase)]
    private static partial Regex SecretShape();

    [GeneratedRegex(@"://[^/@\s:]*:(?<part>[^/@\s]+)@|[A-Za-z_]=(?<part>[^\s&=]+)")]
    private static partial Regex Part();

    [GeneratedRegex(@"^[A-Za-z0-9+/=\s]{40,}\z")]
    private static partial Regex Base64();
}
