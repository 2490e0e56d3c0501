using System.Text;
using System.Text.Json;
using Kronform.Provision.Talos;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kronform.Provision.Disks.Inventories;

/// <summary>
/// Reads the output of <c>talosctl get disks -o yaml</c> or <c>-o json</c>; that of <c>talosctl get discoveredvolumes</c> and
/// <c>systemdisk</c> may stand in the same file.
/// </summary>
internal static class TalosGetFile
{
    public static bool Looks(string text) => text.Contains("block.talos.dev", StringComparison.Ordinal);

    /// <exception cref="FormatException">With the line.</exception>
    public static DiskInventory Read(string text)
    {
        var resources = text.TrimStart().StartsWith('{') ? FromJson(text) : FromYaml(text);
        var disks = Specs(resources, "Disks.block.talos.dev").Select(r => CosiBlock.Disk(r.Id, r.Spec)).ToList();
        if (disks.Count == 0) throw new FormatException("line 1: it has no disks; save talosctl get disks -o yaml");
        if (disks.Find(d => d.SizeBytes <= 0 && d.Serial.Length > 0) is { } broken)
            throw new FormatException($"line {LineOf(text, broken.Name)}: {broken.Name} has no size in bytes; save talosctl get disks -o yaml");
        var volumes = Specs(resources, "DiscoveredVolumes.block.talos.dev").Select(r => CosiBlock.Volume(r.Id, r.Spec)).ToList();
        var system = Specs(resources, "SystemDisks.block.talos.dev").Select(r => CosiYaml.Text(r.Spec, "diskID", "disk_id")).FirstOrDefault();
        return TalosInventory.Of(disks, volumes.Count > 0 ? volumes : null, system, InventoryState.File, "talosctl's resources");
    }

    private static IEnumerable<(string Id, YamlMappingNode Spec)> Specs(List<YamlMappingNode> resources, string type)
    {
        foreach (var resource in resources)
        {
            if (CosiYaml.Child(resource, "metadata") is YamlMappingNode metadata && CosiYaml.Text(metadata, "type") == type
                && CosiYaml.Child(resource, "spec") is YamlMappingNode spec)
                yield return (CosiYaml.Text(metadata, "id"), spec);
        }
    }

    private static List<YamlMappingNode> FromYaml(string text)
    {
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            return [.. yaml.Documents.Select(d => d.RootNode).OfType<YamlMappingNode>()];
        }
        catch (Exception error) when (error is YamlException or InvalidOperationException)
        {
            // YamlDotNet's scanner gives up on some broken scalars without saying where.
            throw new FormatException($"line {(error as YamlException)?.Start.Line ?? 1}: it is not YAML; save the whole output of talosctl get disks -o yaml", error);
        }
    }

    /// <summary>talosctl prints one object after the other.</summary>
    private static List<YamlMappingNode> FromJson(string text)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text), new JsonReaderOptions { AllowMultipleValues = true });
        var all = new List<YamlMappingNode>();
        try
        {
            while (reader.Read())
            {
                using var document = JsonDocument.ParseValue(ref reader);
                if (document.RootElement.ValueKind == JsonValueKind.Object) all.Add((YamlMappingNode)ToYaml(document.RootElement));
            }
        }
        catch (JsonException error)
        {
            throw new FormatException($"line {(error.LineNumber ?? 0) + 1}: it is not JSON; save the whole output of talosctl get disks -o json", error);
        }

        return all;
    }

    private static YamlNode ToYaml(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new YamlMappingNode(element.EnumerateObject().Select(m => new KeyValuePair<YamlNode, YamlNode>(new YamlScalarNode(m.Name), ToYaml(m.Value)))),
        JsonValueKind.Array => new YamlSequenceNode(element.EnumerateArray().Select(ToYaml)),
        JsonValueKind.String => new YamlScalarNode(element.GetString()),
        JsonValueKind.Null => new YamlScalarNode(""),
        _ => new YamlScalarNode(element.GetRawText()),
    };

    private static int LineOf(string text, string name) => text.AsSpan(0, Math.Max(0, text.IndexOf(name, StringComparison.Ordinal))).Count('\n') + 1;
}
