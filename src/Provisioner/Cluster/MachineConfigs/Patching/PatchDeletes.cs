using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster.MachineConfigs.Patching;

/// <summary>Takes the deletions out of one document of a patch; what remains is merged afterwards.</summary>
internal sealed class PatchDeletes(ProblemList problems)
{
    private const string Key = "$patch";

    private readonly List<PatchDelete> _found = [];

    /// <returns>The deletions in file order, and the document without them; null when nothing is left of it.</returns>
    public static (IReadOnlyList<PatchDelete> Deletes, YamlMap? Remaining) Split(YamlMap document, ProblemList problems)
    {
        var reader = new PatchDeletes(problems);
        var rest = reader.Map(document, [], inList: false);
        // A document that held nothing but deletions must not be appended where it is absent.
        bool nothing = rest is YamlMap map && reader._found.Count > 0 && map.Entries.All(e => e.Key.Value is "version" or "apiVersion" or "kind" or "name");
        return (reader._found, nothing ? null : (YamlMap?)rest);
    }

    private YamlNode? Node(YamlNode node, IReadOnlyList<string> path, bool inList) => node switch
    {
        YamlMap map => Map(map, path, inList),
        YamlList list => List(list, path, inList),
        _ => node,
    };

    private YamlNode? Map(YamlMap map, IReadOnlyList<string> path, bool inList)
    {
        if (map.Find(Key) is { } mark)
        {
            if (mark.Value is not YamlText { Value: "delete" })
                problems.Add(mark.Key, string.Join('.', [.. path, Key]), "is not delete", "write $patch: delete, the only one there is");
            else if (inList)
                problems.Add(mark.Key, string.Join('.', path), "cannot be deleted inside a list's element", "delete the whole element and add it anew");
            else
                _found.Add(new PatchDelete([.. path], null, mark.Key));
            return null;
        }

        var kept = new List<YamlEntry>();
        foreach (var entry in map.Entries)
        {
            if (Node(entry.Value, [.. path, entry.Key.Value], inList) is { } rest) kept.Add(entry with { Value = rest });
        }

        return kept.Count == 0 && map.Entries.Count > 0 ? null : map with { Entries = kept };
    }

    private YamlNode? List(YamlList list, IReadOnlyList<string> path, bool inList)
    {
        var kept = new List<YamlNode>();
        foreach (var item in list.Items)
        {
            if (item is YamlMap map && map.Find(Key) is { Value: YamlText { Value: "delete" } } mark) Element(map, mark, path, inList);
            else if (Node(item, path, inList: true) is { } rest) kept.Add(rest);
        }

        return kept.Count == 0 && list.Items.Count > 0 ? null : list with { Items = kept };
    }

    private void Element(YamlMap map, YamlEntry mark, IReadOnlyList<string> path, bool inList)
    {
        string field = string.Join('.', path);
        if (inList)
            problems.Add(mark.Key, field, "cannot be deleted inside a list's element", "delete the outer element and add it anew");
        else if (map.Entries.FirstOrDefault(e => e.Key.Value != Key) is not { Value: YamlText { IsNull: false } value } selector)
            problems.Add(mark.Key, field, "does not say which element to delete", "write one key and its value before $patch: delete");
        else
            _found.Add(new PatchDelete([.. path], (selector.Key.Value, value.Value), mark.Key));
    }
}
