namespace Kronform.Provision.Cluster.Yaml;

/// <summary>
/// Puts the keys of one tree into the order of another, and equal texts into its quoting; keys that only it has come after.
/// </summary>
internal static class YamlOrder
{
    public static YamlNode Like(YamlNode node, YamlNode model) => (node, model) switch
    {
        (YamlMap map, YamlMap other) => map with
        {
            Entries =
            [
                .. other.Entries.Select(o => map.Find(o.Key.Value)).OfType<YamlEntry>().Select(e => e with { Value = Like(e.Value, other.Find(e.Key.Value)!.Value) }),
                .. map.Entries.Where(e => other.Find(e.Key.Value) is null),
            ],
        },
        (YamlList list, YamlList other) => list with { Items = [.. list.Items.Select((item, i) => i < other.Items.Count ? Like(item, other.Items[i]) : item)] },
        (YamlText text, YamlText other) when text.Value == other.Value && text.IsNull == other.IsNull => other,
        _ => node,
    };
}
