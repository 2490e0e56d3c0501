using Kronform.Provision.Cluster.MachineConfigs.Patching;
using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster.MachineConfigs.Validation;

/// <summary>Rules of the documents beside the main one: known to this Talos, allowed on this role, and none twice.</summary>
internal static class DocumentRules
{
    public static void Check(ReviewedConfig config, ProblemList problems, ProblemList warnings)
    {
        var seen = new Dictionary<DocumentId, YamlMap>();
        foreach (var document in config.Others)
        {
            var id = DocumentId.Of(document);
            if (document.Find("kind") is not { Value: YamlText { IsNull: false } } kind) problems.Add(document, "kind", "is empty", "write the kind of the document");
            else if (document.Find("apiVersion") is not { Value: YamlText { IsNull: false } version } apiVersion) problems.Add(document, "apiVersion", "is missing", "write apiVersion: v1alpha1");
            else if (version.Value != "v1alpha1") problems.Add(apiVersion.Key, "apiVersion", $"\"{version.Value}\" is not one that Talos has", "write apiVersion: v1alpha1");
            else CheckKind(config, id.Kind, kind, problems, warnings);

            if (!seen.TryAdd(id, document)) problems.Add(document, "", $"{id} is there twice, first in {Place(seen[id])}", "keep one, or give them different names");
        }

        foreach (var document in config.OfKind("HostnameConfig")) CheckHostname(config, document, problems);
    }

    private static void CheckKind(ReviewedConfig config, string kind, YamlEntry at, ProblemList problems, ProblemList warnings)
    {
        if (DocumentKinds.FirstMinor(kind) is { } minor)
        {
            if (!config.Version.IsAtLeast(1, minor) && kind != "UnattendedInstallConfig")
                problems.Add(at.Key, "kind", $"{kind} is known from Talos 1.{minor} on, and cluster.talosVersion is {config.Version}", "use the older field of the main document, or a newer Talos");
            else if (config.IsWorker && DocumentKinds.IsForControlPlanesOnly(kind))
                problems.Add(at.Key, "kind", $"{kind} is only allowed on control planes", "remove it from the worker's config");
        }
        else if (config.Version.IsAtLeast(1, DocumentKinds.NewestMinor + 1))
        {
            warnings.Add(at.Key, "kind", $"{kind} is not known to this program; Talos {config.Version} will tell", "");
        }
        else
        {
            string? nearest = NearestName.Of(kind, DocumentKinds.All);
            problems.Add(at.Key, "kind", $"{kind} is not a kind that Talos {config.Version} knows", nearest is null ? "correct the kind" : $"did you mean {nearest}?");
        }
    }

    private static void CheckHostname(ReviewedConfig config, YamlMap document, ProblemList problems)
    {
        var hostname = Value(document, "hostname");
        var auto = Value(document, "auto");
        if (hostname is null && auto is null) problems.Add(document, "HostnameConfig", "has neither auto nor hostname", "write hostname with the node's name");
        if (auto is not null && auto.Value is not ("stable" or "off")) problems.Add(auto, "HostnameConfig.auto", $"\"{auto.Value}\" is not known", "write stable or off");
        else if (hostname is not null && auto is { Value: "stable" }) problems.Add(auto, "HostnameConfig.auto", "contradicts hostname", "keep one of the two; a base's auto is taken away with $patch: delete");
        if (hostname is not null && !FieldRules.IsHostname(hostname.Value)) problems.Add(hostname, "HostnameConfig.hostname", "is not a host name", "use at most 63 letters, digits and dashes before the first dot, and 253 characters in all");
        if (hostname is null && config.Find("machine.network.hostname") is { } set)
            problems.Add(document, "HostnameConfig", $"the host name is already set in {Place(set.Key)} (machine.network.hostname)", "keep one of the two: Talos refuses both");
        if (config.IsTrue("machine.features.stableHostname"))
            problems.Add(config.Find("machine.features.stableHostname")!.Key, "machine.features.stableHostname", $"contradicts the HostnameConfig in {Place(document)}", "remove it: Talos refuses both");
    }

    private static YamlText? Value(YamlMap document, string key) => document.Find(key)?.Value is YamlText text && !ReviewedConfig.IsEmpty(text) ? text : null;

    private static string Place(YamlNode node) => node.File.Length > 0 ? $"{node.File}:{node.Line}" : $"line {node.Line}";
}
