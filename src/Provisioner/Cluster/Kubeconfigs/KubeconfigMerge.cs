using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kronform.Provision.Cluster.Kubeconfigs;

/// <summary>A file that is no kubeconfig, or one that holds something else under a name that is needed.</summary>
public sealed class KubeconfigException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>
/// Puts the clusters, users and contexts of one kubeconfig into another, by name. Everything else in there stays, the current context
/// too: what an operator's next kubectl talks to is theirs to change. Comments are lost, as kubectl loses them.
/// </summary>
public static class KubeconfigMerge
{
    private static readonly string[] Lists = ["clusters", "users", "contexts"];

    /// <param name="existing">Null or empty for a new file.</param>
    /// <returns>The merged file, and the context that leads to the new cluster.</returns>
    /// <exception cref="KubeconfigException">Nothing is merged then. Never quotes a value.</exception>
    public static (string Text, string Context) Into(string? existing, string incoming)
    {
        var added = Parse(incoming, "the kubeconfig that Talos sent");
        string context = Scalar(added, "current-context") ?? throw new KubeconfigException("the kubeconfig that Talos sent names no current context");
        if (string.IsNullOrWhiteSpace(existing)) return (incoming, context);
        var target = Parse(existing, "the file");
        RefuseOtherCluster(target, added);
        foreach (string list in Lists) Merge(target, added, list);
        if (string.IsNullOrEmpty(Scalar(target, "current-context"))) target.Children[new YamlScalarNode("current-context")] = new YamlScalarNode(context);
        var text = new StringBuilder();
        using var writer = new StringWriter(text);
        new YamlStream(new YamlDocument(target)).Save(writer, assignAnchors: false);
        return (WithoutEnd(text.ToString()), context);
    }

    /// <summary>One name and two certificate authorities are two clusters: replacing one by the other takes the way to the first.</summary>
    private static void RefuseOtherCluster(YamlMappingNode target, YamlMappingNode added)
    {
        foreach (var (name, entry) in Named(added, "clusters"))
        {
            var before = Named(target, "clusters").FirstOrDefault(c => c.Name == name).Entry;
            if (before is not null && Authority(before) is { } old && old != Authority(entry))
                throw new KubeconfigException($"it holds another cluster named {name}, with another certificate authority");
        }
    }

    private static string? Authority(YamlMappingNode cluster) =>
        cluster.Children.TryGetValue(new YamlScalarNode("cluster"), out var body) && body is YamlMappingNode map ? Scalar(map, "certificate-authority-data") ?? Scalar(map, "certificate-authority") : null;

    private static void Merge(YamlMappingNode target, YamlMappingNode added, string list)
    {
        if (!target.Children.TryGetValue(new YamlScalarNode(list), out var node) || node is not YamlSequenceNode sequence)
            target.Children[new YamlScalarNode(list)] = sequence = new YamlSequenceNode();
        foreach (var (name, entry) in Named(added, list))
        {
            int at = sequence.Children.ToList().FindIndex(e => e is YamlMappingNode map && Scalar(map, "name") == name);
            if (at >= 0) sequence.Children[at] = entry;
            else sequence.Add(entry);
        }
    }

    private static IEnumerable<(string Name, YamlMappingNode Entry)> Named(YamlMappingNode root, string list) =>
        root.Children.TryGetValue(new YamlScalarNode(list), out var node) && node is YamlSequenceNode sequence
            ? sequence.Children.OfType<YamlMappingNode>().Select(e => (Scalar(e, "name") ?? "", e))
            : [];

    private static string? Scalar(YamlMappingNode map, string key) =>
        map.Children.TryGetValue(new YamlScalarNode(key), out var node) ? (node as YamlScalarNode)?.Value : null;

    private static YamlMappingNode Parse(string text, string what)
    {
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            return yaml.Documents is [{ RootNode: YamlMappingNode root }] && Scalar(root, "kind") is null or "Config"
                ? root
                : throw new KubeconfigException($"{what} is no kubeconfig");
        }
        catch (YamlException e)
        {
            throw new KubeconfigException($"{what} is no YAML from line {e.Start.Line} on");
        }
    }

    // YamlDotNet ends each document with dots, which kubectl takes but nobody writes.
    private static string WithoutEnd(string text) => text.EndsWith("...\n", StringComparison.Ordinal) ? text[..^4] : text;
}
