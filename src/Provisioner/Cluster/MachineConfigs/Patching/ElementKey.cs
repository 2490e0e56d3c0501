using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster.MachineConfigs.Patching;

/// <summary>Whether two elements of a list are the same thing to Talos.</summary>
internal static class ElementKey
{
    public static bool Same(YamlMap there, YamlMap wanted, string key)
    {
        if (key != "interface") return Text(there, key) == Text(wanted, key);
        if (Text(wanted, key).Length > 0) return Text(there, key) == Text(wanted, key);
        return there.Find("deviceSelector")?.Value is YamlMap left && wanted.Find("deviceSelector")?.Value is YamlMap right && SameSelector(left, right);
    }

    /// <summary><c>physical</c> is a pointer in Talos, and compared as one: two selectors that hold it never are the same.</summary>
    private static bool SameSelector(YamlMap left, YamlMap right)
    {
        var (ours, theirs) = (Fields(left), Fields(right));
        return !ours.ContainsKey("physical") && !theirs.ContainsKey("physical") && ours.Count == theirs.Count && ours.All(f => theirs.TryGetValue(f.Key, out string? value) && value == f.Value);
    }

    private static Dictionary<string, string> Fields(YamlMap selector) => selector.Entries
        .Where(e => e.Value is YamlText { IsNull: false, Value.Length: > 0 })
        .ToDictionary(e => e.Key.Value, e => ((YamlText)e.Value).Value, StringComparer.Ordinal);

    private static string Text(YamlMap map, string key) => map.Find(key)?.Value is YamlText { IsNull: false } text ? text.Value : "";
}
