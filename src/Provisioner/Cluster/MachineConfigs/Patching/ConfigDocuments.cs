using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster.MachineConfigs.Patching;

/// <summary>A config on its way through its patches.</summary>
internal static class ConfigDocuments
{
    /// <summary>One patch file: a list is JSON 6902, anything else documents to be merged.</summary>
    public static IReadOnlyList<YamlMap> Patch(IReadOnlyList<YamlMap> config, IReadOnlyList<YamlNode> patch, TalosVersion version, ProblemList problems, ProblemList warnings)
    {
        if (patch is [YamlList operations]) return Apply(config, operations, problems);
        foreach (var other in patch.Where(d => d is not YamlMap))
            problems.Add(other, "", "the document is not a map of keys", "write keys of a machine config, or a single list of op, path and value");
        var documents = patch.OfType<YamlMap>().ToList();
        foreach (var document in documents) Identify(document, problems);
        return problems.Any ? config : new StrategicMerge(version, problems, warnings).Merge(config, documents);
    }

    private static IReadOnlyList<YamlMap> Apply(IReadOnlyList<YamlMap> config, YamlList operations, ProblemList problems)
    {
        if (config.Count != 1)
        {
            problems.Add(operations, "", $"JSON 6902 patches only fit a config of one document, and this one has {config.Count}", "write the patch as the keys of a machine config");
            return config;
        }

        if (new JsonPatch(problems).Apply(config[0], operations) is YamlMap patched) return [patched];
        problems.Add(operations, "", "leaves something that is no machine config", "correct the operations");
        return config;
    }

    private static void Identify(YamlMap document, ProblemList problems)
    {
        bool main = document.Entries.Any(e => e.Key.Value is "version" or "machine" or "cluster" or "debug" or "persist");
        bool deletes = document.Find("$patch") is not null;
        if (document.Find("kind") is null && document.Find("apiVersion") is null && (main || deletes)) return;
        if (document.Find("kind") is null) problems.Add(document, "kind", "is missing", "write kind, or machine or cluster for the main document");
        if (document.Find("apiVersion") is null) problems.Add(document, "apiVersion", "is missing", "write apiVersion: v1alpha1");
    }
}
