namespace Kronform.Provision.Cluster.Yaml;

/// <summary>Compares values, wherever they stand; the order of a map's keys does not count.</summary>
internal static class YamlEquality
{
    public static bool Same(YamlNode left, YamlNode right) => (left, right) switch
    {
        (YamlText a, YamlText b) => a.IsNull == b.IsNull && (a.IsNull || a.Value == b.Value),
        (YamlList a, YamlList b) => a.Items.Count == b.Items.Count && a.Items.Zip(b.Items).All(p => Same(p.First, p.Second)),
        (YamlMap a, YamlMap b) => a.Entries.Count == b.Entries.Count && a.Entries.All(e => b.Find(e.Key.Value) is { } other && Same(e.Value, other.Value)),
        _ => false,
    };
}
