namespace Kronform.Provision.Cluster.Yaml;

/// <summary>Gives the values of one tree the places of another of the same shape: an encrypted file has other lines than its content.</summary>
internal static class YamlPlaces
{
    public static IReadOnlyList<YamlNode> From(IReadOnlyList<YamlNode> values, IReadOnlyList<YamlNode> places) =>
        [.. values.Select((node, index) => index < places.Count ? From(node, places[index]) : node)];

    private static YamlNode From(YamlNode value, YamlNode place)
    {
        var moved = Moved(value, place);
        return (moved, place) switch
        {
            (YamlMap map, YamlMap there) => map with { Entries = [.. map.Entries.Select(e => From(e, there.Find(e.Key.Value)))] },
            (YamlList list, YamlList there) => list with { Items = [.. list.Items.Select((item, i) => i < there.Items.Count ? From(item, there.Items[i]) : item)] },
            _ => moved,
        };
    }

    private static YamlEntry From(YamlEntry entry, YamlEntry? place) =>
        place is null ? entry : new YamlEntry((YamlText)Moved(entry.Key, place.Key), From(entry.Value, place.Value));

    private static YamlNode Moved(YamlNode node, YamlNode place) => node with { Line = place.Line, Column = place.Column, File = place.File };
}
