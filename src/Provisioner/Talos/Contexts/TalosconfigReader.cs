using System.Text;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.Yaml;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Talos.Contexts;

/// <summary>Reads a talosconfig. Fields it does not use (auth, cluster, proxy-url, target) are none of its business.</summary>
internal static class TalosconfigReader
{
    /// <summary>The file's one document as a tree; null when there is none in it.</summary>
    public static YamlMap? Root(string text, ProblemList problems)
    {
        var documents = YamlDocuments.Parse(text, problems);
        if (documents.Count > 1)
            problems.Add(documents[1].Line, documents[1].Column, "", "a second YAML document begins here, and a talosconfig is one", "keep one document");
        if (documents.Count == 0)
            return null;
        if (documents[0] is YamlMap root)
            return root;
        problems.Add(documents[0].Line, documents[0].Column, "", "the file is not a map of keys", "give a file as talosctl writes it");
        return null;
    }

    public static string? Current(YamlMap root) =>
        root.Find("context")?.Value is YamlText { IsNull: false, Value.Length: > 0 } name ? name.Value : null;

    public static IEnumerable<YamlEntry> Contexts(YamlMap root) => (root.Find("contexts")?.Value as YamlMap)?.Entries ?? [];

    /// <returns>Null when something is missing or unreadable, which is then a problem. No problem quotes a value.</returns>
    public static TalosContext? Context(YamlEntry entry, ProblemList problems)
    {
        var (name, at) = (entry.Key.Value, (entry.Key.Line, entry.Key.Column));
        if (entry.Value is not YamlMap map)
        {
            problems.Add(at.Line, at.Column, $"contexts.{name}", "is not a map", "give a context as talosctl writes it");
            return null;
        }

        var ca = Pem(map, name, "ca", at, problems);
        var certificate = Pem(map, name, "crt", at, problems);
        var key = Pem(map, name, "key", at, problems);
        return ca is null || certificate is null || key is null
            ? null
            : new TalosContext(name, Texts(map, "endpoints"), Texts(map, "nodes"), ca, certificate, new Secret(key)) { Position = at };
    }

    private static IReadOnlyList<string> Texts(YamlMap map, string key) =>
        [.. ((map.Find(key)?.Value as YamlList)?.Items ?? []).OfType<YamlText>().Where(t => !t.IsNull).Select(t => t.Value)];

    private static string? Pem(YamlMap map, string context, string key, (int Line, int Column) at, ProblemList problems)
    {
        var field = $"contexts.{context}.{key}";
        if (map.Find(key) is not { Value: YamlText { IsNull: false, Value.Length: > 0 } text } entry)
        {
            problems.Add(at.Line, at.Column, field, "is missing", "give a talosconfig with ca, crt and key, as talosctl writes it");
            return null;
        }

        try
        {
            var pem = Encoding.ASCII.GetString(Convert.FromBase64String(text.Value.Trim()));
            if (pem.Contains("-----BEGIN ", StringComparison.Ordinal))
                return pem;
        }
        catch (FormatException)
        {
            // Said below.
        }

        problems.Add(entry.Key.Line, entry.Key.Column, field, "is not base64 of PEM text", "give a talosconfig as talosctl writes it");
        return null;
    }
}
