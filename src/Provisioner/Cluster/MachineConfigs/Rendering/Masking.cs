using System.Security.Cryptography;
using System.Text;
using Kronform.Provision.Cluster.MachineConfigs.Patching;
using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster.MachineConfigs.Rendering;

/// <summary>Puts something else in the place of each secret.</summary>
internal static class Masking
{
    /// <summary>The beginning of its SHA-256, so that two configs can be compared without seeing it.</summary>
    public static YamlMap Of(YamlMap document) => Replace(document, Mark);

    /// <summary>The secrets themselves, the longest first. For taking them out of texts that others wrote.</summary>
    public static IReadOnlyList<string> Secrets(IEnumerable<YamlMap> documents)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var document in documents)
        {
            Replace(document, value =>
            {
                found.Add(value);
                found.UnionWith(SecretFields.Parts(value));
                return value;
            });
        }

        return [.. found.OrderByDescending(s => s.Length)];
    }

    private static YamlMap Replace(YamlMap document, Func<string, string> replacement)
    {
        var id = DocumentId.Of(document);
        return (YamlMap)Replace(document, id.IsMain ? [] : [id.Kind], replacement);
    }

    private static YamlNode Replace(YamlNode node, IReadOnlyList<string> path, Func<string, string> replacement) => node switch
    {
        YamlMap map => map with { Entries = [.. map.Entries.Select(e => e with { Value = Replace(e.Value, [.. path, e.Key.Value], replacement) })] },
        YamlList list => list with { Items = [.. list.Items.Select(item => Replace(item, [.. path, "*"], replacement))] },
        YamlText text when IsValue(text) && (SecretFields.IsHidden(path) || SecretFields.LooksSecret(text)) => text with { Value = replacement(text.Value), IsPlain = true },
        _ => node,
    };

    /// <summary>Whether there is a key at all may be seen, and so may a switch.</summary>
    private static bool IsValue(YamlText text) => !text.IsNull && text.Value.Length > 0 && !(text.IsPlain && text.Value is "true" or "false");

    private static string Mark(string value) => $"<hidden sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value)))[..8]}>";
}
