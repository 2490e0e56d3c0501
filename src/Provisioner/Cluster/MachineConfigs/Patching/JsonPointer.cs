using System.Globalization;
using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster.MachineConfigs.Patching;

/// <summary>RFC 6901 on a YAML tree. Every change gives a new tree, or null when the pointer leads to nothing.</summary>
internal static class JsonPointer
{
    public static IReadOnlyList<string>? Parse(string text)
    {
        if (text.Length == 0) return [];
        if (text[0] != '/') return null;
        return [.. text[1..].Split('/').Select(s => s.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];
    }

    public static YamlNode? Find(YamlNode node, IReadOnlyList<string> path)
    {
        YamlNode? found = node;
        foreach (string step in path) found = found is null ? null : Child(found, step);
        return found;
    }

    public static YamlNode? Add(YamlNode root, IReadOnlyList<string> path, YamlNode value) => path.Count == 0 ? value : Change(root, path, (parent, step) => (parent, Index(parent, step, appending: true)) switch
    {
        (YamlMap map, _) when map.Find(step) is { } there => With(map, there, value),
        (YamlMap map, _) => map with { Entries = [.. map.Entries, new YamlEntry(new YamlText(step, IsPlain: false, value.Line, value.Column) { File = value.File }, value)] },
        (YamlList list, { } at) => list with { Items = [.. list.Items.Take(at), value, .. list.Items.Skip(at)] },
        _ => null,
    });

    public static YamlNode? Replace(YamlNode root, IReadOnlyList<string> path, YamlNode value) => path.Count == 0 ? value : Change(root, path, (parent, step) => (parent, Index(parent, step, appending: false)) switch
    {
        (YamlMap map, _) when map.Find(step) is { } there => With(map, there, value),
        (YamlList list, { } at) => list with { Items = [.. list.Items.Select((item, i) => i == at ? value : item)] },
        _ => null,
    });

    public static YamlNode? Remove(YamlNode root, IReadOnlyList<string> path) => path.Count == 0 ? null : Change(root, path, (parent, step) => (parent, Index(parent, step, appending: false)) switch
    {
        (YamlMap map, _) when map.Find(step) is { } there => map with { Entries = [.. map.Entries.Where(e => !ReferenceEquals(e, there))] },
        (YamlList list, { } at) => list with { Items = [.. list.Items.Where((_, i) => i != at)] },
        _ => null,
    });

    private static YamlNode? Change(YamlNode node, IReadOnlyList<string> path, Func<YamlNode, string, YamlNode?> change)
    {
        if (path.Count == 1) return change(node, path[0]);
        if (Child(node, path[0]) is not { } child || Change(child, [.. path.Skip(1)], change) is not { } changed) return null;
        return node switch
        {
            YamlMap map => With(map, map.Find(path[0])!, changed, keepsKey: true),
            YamlList list => list with { Items = [.. list.Items.Select(i => ReferenceEquals(i, child) ? changed : i)] },
            _ => null,
        };
    }

    private static YamlMap With(YamlMap map, YamlEntry there, YamlNode value, bool keepsKey = false)
    {
        var key = keepsKey ? there.Key : there.Key with { Line = value.Line, Column = value.Column, File = value.File };
        return map with { Entries = [.. map.Entries.Select(e => ReferenceEquals(e, there) ? new YamlEntry(key, value) : e)] };
    }

    private static YamlNode? Child(YamlNode node, string step) => node switch
    {
        YamlMap map => map.Find(step)?.Value,
        YamlList list when Index(list, step, appending: false) is { } at => list.Items[at],
        _ => null,
    };

    private static int? Index(YamlNode node, string step, bool appending)
    {
        if (node is not YamlList list) return null;
        if (appending && step == "-") return list.Items.Count;
        bool number = int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out int at);
        return number && at < list.Items.Count + (appending ? 1 : 0) ? at : null;
    }
}
