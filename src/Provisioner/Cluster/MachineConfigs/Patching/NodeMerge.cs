using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster.MachineConfigs.Patching;

/// <summary>
/// Merges one document of a patch into the same document of a config as Talos does with its structs, on the YAML tree. Each value
/// keeps the place where it was written. What Talos would lose without a word is a problem here.
/// </summary>
internal sealed class NodeMerge(string kind, TalosVersion version, ProblemList problems)
{
    private readonly List<string> _path = [];

    public YamlMap Merge(YamlMap left, YamlMap right) => MergeMaps(left, right, replaceEach: false);

    private YamlNode Merge(YamlNode left, YamlNode right)
    {
        if (IsNull(right)) return left;
        if (IsNull(left)) return right;
        var (rule, key) = MergeRules.Find(kind, _path, version);
        switch (rule, left, right)
        {
            case (MergeRule.Replace, _, _):
                return right;
            case (_, YamlMap leftMap, YamlMap rightMap):
                return MergeMaps(leftMap, rightMap, rule == MergeRule.ReplaceEachKey);
            case (MergeRule.ByKey or MergeRule.ReplaceByKey, YamlList leftList, YamlList rightList):
                return MergeByKey(leftList, rightList, key, rule == MergeRule.ReplaceByKey);
            case (_, YamlList leftList, YamlList rightList):
                return leftList with { Items = [.. leftList.Items, .. rightList.Items] };
            case (_, YamlText, YamlText text):
                return IsZero(text) && !MergeRules.ZeroOverrides(kind, _path) ? left : right;
            default:
                problems.Add(right, Field(), $"is {Shape(right)} here and {Shape(left)} in {left.File}:{left.Line}", "write it in the same shape");
                return left;
        }
    }

    private YamlMap MergeMaps(YamlMap left, YamlMap right, bool replaceEach)
    {
        RejectSilentLoss(left, right);
        var entries = left.Entries.ToList();
        foreach (var entry in right.Entries)
        {
            int at = entries.FindIndex(e => e.Key.Value == entry.Key.Value);
            if (at < 0)
            {
                entries.Add(entry);
                continue;
            }

            _path.Add(entry.Key.Value);
            var merged = replaceEach ? entry.Value : Merge(entries[at].Value, entry.Value);
            // The key tells where a value stands, so it goes with the value.
            entries[at] = ReferenceEquals(merged, entries[at].Value) ? entries[at] : ReferenceEquals(merged, entry.Value) ? entry : new YamlEntry(entries[at].Key, merged);
            _path.RemoveAt(_path.Count - 1);
        }

        return left with { Entries = entries };
    }

    private YamlList MergeByKey(YamlList left, YamlList right, string key, bool replace)
    {
        var items = left.Items.ToList();
        _path.Add("*");
        foreach (var item in right.Items)
        {
            int at = item is YamlMap wanted ? items.FindIndex(i => i is YamlMap there && ElementKey.Same(there, wanted, key)) : -1;
            if (at < 0) items.Add(item);
            else items[at] = replace ? item : MergeMaps((YamlMap)items[at], (YamlMap)item, replaceEach: false);
        }

        _path.RemoveAt(_path.Count - 1);
        return left with { Items = items };
    }

    /// <summary>
    /// Two places where Talos takes a value away because the patch does not repeat it: half of a certificate and key, and a
    /// volume's minimal size (from 1.9 on; up to 1.11 also its maximal one).
    /// </summary>
    private void RejectSilentLoss(YamlMap left, YamlMap right)
    {
        string[] suspects =
            MergeRules.IsCertificateAndKey(kind, [.. _path, "key"]) ? ["crt", "key"]
            : kind is "VolumeConfig" or "UserVolumeConfig" or "RawVolumeConfig" or "SwapVolumeConfig" && version.IsAtLeast(1, 9) && (_path is [] || _path is ["provisioning"])
                ? version.IsAtLeast(1, 12) ? ["minSize"] : ["minSize", "maxSize"] : [];
        if (suspects.Length == 0) return;
        bool root = _path is [] && kind.Length > 0;
        var there = root ? left.FindPath("provisioning")?.Value as YamlMap : left;
        var given = root ? right.FindPath("provisioning")?.Value as YamlMap : right;
        // Below the root a map that the patch does hold is judged when it is reached.
        if (there is null || (root && given is not null)) return;
        foreach (string name in suspects)
        {
            if (there.Find(name) is not { Value: YamlText { IsNull: false, Value.Length: > 0 } } lost || given?.Find(name) is not null) continue;
            string field = string.Join('.', root ? ["provisioning", name] : [.. _path, name]);
            problems.Add(right, DocumentField(field), $"is not repeated, and Talos would then drop the one in {lost.Key.File}:{lost.Key.Line}", $"write {name} in the patch as well");
        }
    }

    /// <summary>A number 0 in a text's place is the text "0"; Talos tells them apart by its structs.</summary>
    private bool IsZero(YamlText text) =>
        text.Value.Length == 0 || (text is { IsPlain: true, Value: "0" or "0.0" } && !TextMaps.Contains(kind, _path.SkipLast(1)));

    private static bool IsNull(YamlNode node) => node is YamlText { IsNull: true };

    private string Field() => DocumentField(string.Join('.', _path));

    private string DocumentField(string path) => kind.Length == 0 ? path : $"{kind}.{path}";

    private static string Shape(YamlNode node) => node switch
    {
        YamlMap => "a map",
        YamlList => "a list",
        _ => "a single value",
    };
}
