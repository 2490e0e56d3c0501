namespace Kronform.Provision.Cluster.Yaml;

/// <summary>A YAML value and where it stands; lines and columns count from 1.</summary>
internal abstract record YamlNode(int Line, int Column)
{
    /// <summary>The file it was written in: a tree that was merged has several.</summary>
    public string File { get; init; } = "";
}

internal sealed record YamlText(string Value, bool IsPlain, int Line, int Column) : YamlNode(Line, Column)
{
    public bool IsNull => IsPlain && Value is "" or "~" or "null" or "Null" or "NULL";
}

internal sealed record YamlList(IReadOnlyList<YamlNode> Items, int Line, int Column) : YamlNode(Line, Column);

/// <summary>
/// Keeps every entry as written, duplicates too: YamlDotNet's own mapping node throws at the first duplicate key, and then the
/// other problems of the file would stay hidden.
/// </summary>
internal sealed record YamlMap(IReadOnlyList<YamlEntry> Entries, int Line, int Column) : YamlNode(Line, Column)
{
    public YamlEntry? Find(string key) => Entries.FirstOrDefault(e => e.Key.Value == key);

    /// <summary>Follows keys through nested maps; null when one is missing or is no map.</summary>
    public YamlEntry? FindPath(params ReadOnlySpan<string> keys)
    {
        var map = this;
        YamlEntry? entry = null;
        foreach (var key in keys)
        {
            entry = map?.Find(key);
            map = entry?.Value as YamlMap;
        }

        return entry;
    }
}

internal sealed record YamlEntry(YamlText Key, YamlNode Value);
