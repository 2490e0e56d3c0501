using Kronform.Provision.Cluster.MachineConfigs.Rendering;
using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster.MachineConfigs.Patching;

/// <summary>One <c>$patch: delete</c>: a key, an element of a list, or with an empty path the whole document.</summary>
/// <param name="Path">From the document's root to the key or to the list.</param>
/// <param name="Element">Of a list's element: the key and value that select it; else null.</param>
/// <param name="At">Where it stands in the patch.</param>
internal sealed record PatchDelete(IReadOnlyList<string> Path, (string Key, string Value)? Element, YamlNode At)
{
    public string Field => string.Join('.', Path) + (Element is { } e ? $"[{e.Key}={(SecretFields.IsHidden([.. Path, "*", e.Key]) ? "(hidden)" : e.Value)}]" : "");

    /// <summary>Removes what the patch names. Absent things are told: an absent key is a warning, an absent way to it a problem.</summary>
    public YamlMap ApplyTo(YamlMap document, string kind, ProblemList problems, ProblemList warnings) =>
        (YamlMap)Apply(document, 0, kind, problems, warnings);

    private YamlNode Apply(YamlNode node, int depth, string kind, ProblemList problems, ProblemList warnings)
    {
        if (depth == Path.Count) return RemoveElement(node, problems);
        if (node is not YamlMap map || map.Find(Path[depth]) is not { } entry)
        {
            bool last = depth == Path.Count - 1 && Element is null && node is YamlMap && !TextMaps.Contains(kind, Path.SkipLast(1));
            if (last) warnings.Add(At, Field, "deletes what is not there", "");
            else problems.Add(At, Field, "deletes what is not there, which Talos refuses (lookup failed)", "correct the path, or take the deletion away");
            return node;
        }

        if (depth == Path.Count - 1 && Element is null) return map with { Entries = [.. map.Entries.Where(e => e != entry)] };
        var changed = entry with { Value = Apply(entry.Value, depth + 1, kind, problems, warnings) };
        return map with { Entries = [.. map.Entries.Select(e => ReferenceEquals(e, entry) ? changed : e)] };
    }

    private YamlNode RemoveElement(YamlNode node, ProblemList problems)
    {
        var (key, value) = Element!.Value;
        if (node is YamlList list && list.Items.FirstOrDefault(i => i is YamlMap m && m.Find(key)?.Value is YamlText t && t.Value == value) is { } found)
            return list with { Items = [.. list.Items.Where(i => !ReferenceEquals(i, found))] };
        problems.Add(At, Field, "deletes what is not there, which Talos refuses (lookup failed)", "correct the value that selects the element");
        return node;
    }
}
