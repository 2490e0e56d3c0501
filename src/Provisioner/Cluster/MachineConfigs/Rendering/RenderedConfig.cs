using Kronform.Provision.Cluster.MachineConfigs.Patching;
using Kronform.Provision.Cluster.Yaml;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Cluster.MachineConfigs.Rendering;

/// <summary>A machine config as text for people: in one shape, so that two can be compared line by line.</summary>
internal static class RenderedConfig
{
    public static string Of(IEnumerable<YamlMap> documents, bool showSecrets) => YamlWriter.Write(documents.Select(d => showSecrets ? d : Masking.Of(d)));

    /// <summary>Lines that turn the other config into the node's; empty when they say the same. The order of keys and comments do not count.</summary>
    public static string Difference(IReadOnlyList<YamlMap> node, IReadOnlyList<YamlMap> other, string nodeName, string otherName, bool showSecrets)
    {
        var remaining = other.ToList();
        var ordered = new List<YamlMap>();
        foreach (var document in node)
        {
            int at = remaining.FindIndex(d => DocumentId.Of(d) == DocumentId.Of(document));
            if (at < 0) continue;
            ordered.Add((YamlMap)YamlOrder.Like(remaining[at], document));
            remaining.RemoveAt(at);
        }

        return UnifiedDiff.Of(Of([.. ordered, .. remaining], showSecrets), Of(node, showSecrets), otherName, nodeName);
    }

    /// <summary>The documents of a text that somebody else wrote.</summary>
    /// <exception cref="ConfigProblemsException">It is not YAML.</exception>
    public static IReadOnlyList<YamlMap> Parse(string text, string name)
    {
        var problems = new ProblemList(name, FailureCode.Usage);
        var documents = YamlDocuments.Parse(text.TrimStart('\uFEFF'), problems);
        foreach (var other in documents.Where(d => d is not YamlMap)) problems.Add(other, "", "the document is not a map of keys", "name a machine config");
        return problems.Any ? throw new ConfigProblemsException($"Reading {name}", problems.InFileOrder()) : [.. documents.Cast<YamlMap>()];
    }
}
