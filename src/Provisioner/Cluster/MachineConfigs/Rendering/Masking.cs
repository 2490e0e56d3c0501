using System.Security.Cryptography;
using System.Text;
using Kronform.Provision.Cluster.MachineConfigs.Patching;
using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster.MachineConfigs.Rendering;

/// <summary>
/// Puts a mark in the place of each secret: the beginning of its SHA-256, so that two configs can be compared without seeing it.
/// </summary>
internal static class Masking
{
    public static YamlMap Of(YamlMap document)
    {
        var id = DocumentId.Of(document);
        return (YamlMap)Masked(document, id.IsMain ? [] : [id.Kind]);
    }

    private static YamlNode Masked(YamlNode node, IReadOnlyList<string> path) => node switch
    {
        YamlMap map => map with { Entries = [.. map.Entries.Select(e => e with { Value = Masked(e.Value, [.. path, e.Key.Value]) })] },
        YamlList list => list with { Items = [.. list.Items.Select(item => Masked(item, [.. path, "*"]))] },
        YamlText text when IsValue(text) && (SecretFields.IsHidden(path) || SecretFields.LooksSecret(text)) => text with { Value = Mark(text.Value), IsPlain = true },
        _ => node,
    };

    /// <summary>Whether there is a key at all may be seen, and so may a switch.</summary>
    private static bool IsValue(YamlText text) => !text.IsNull && text.Value.Length > 0 && !(text.IsPlain && text.Value is "true" or "false");

    private static string Mark(string value) => $"<hidden sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value)))[..8]}>";
}
