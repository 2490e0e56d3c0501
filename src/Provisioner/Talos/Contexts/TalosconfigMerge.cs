using System.Text;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Talos.Contexts;

/// <summary>
/// Puts one context into the text of a talosconfig by exchanging the lines that belong to it. Other contexts, comments and
/// fields this program does not know stay as they are, to the byte.
/// </summary>
internal static class TalosconfigMerge
{
    private const int Indent = 4;

    /// <summary>
    /// A context of the same name and CA is brought up to date: its ca, crt and key, its endpoints when they lead nowhere or were
    /// given, its nodes when they were given. One of the same name and another CA is another cluster's; then the name gets a
    /// number, as talosctl does it. The current context changes only when there is none.
    /// </summary>
    /// <returns>Null when the file cannot be edited, which is then a problem.</returns>
    public static (string Text, string Name)? Apply(string text, TalosContext context, ProblemList problems)
    {
        var root = TalosconfigReader.Root(text, problems);
        if (problems.Any)
            return null;

        var lines = new YamlLines(text);
        var existing = root is null ? [] : TalosconfigReader.Contexts(root).ToList();
        var name = FreeName(existing, context);
        if (existing.Find(c => c.Key.Value == name) is { } same)
        {
            if (!IsBlock(same, problems))
                return null;
            Update(lines, same, context);
        }
        else if (root?.Find("contexts") is { } contexts)
        {
            if (contexts.Value is not (YamlMap or YamlText { IsNull: true }))
            {
                problems.Add(contexts.Key.Line, contexts.Key.Column, "contexts", "is not a map of contexts", "correct it, or name another file");
                return null;
            }

            if (existing.Count > 0 && !(IsBlock(contexts, problems) && IsBlock(existing[0], problems)))
                return null;
            if (existing.Count == 0)
                lines.Replace(contexts.Key.Line, lines.End(contexts.Key.Line, contexts.Key.Column), ["contexts:", .. Render(name, context, Indent)]);
            else
                lines.InsertAfter(lines.End(existing[^1].Key.Line, existing[^1].Key.Column), Render(name, context, existing[0].Key.Column - 1));
        }
        else
        {
            lines.Append(["contexts:", .. Render(name, context, Indent)]);
        }

        var merged = SetCurrent(lines.ToString(), name);
        Prove(merged, name, context, root);
        return (merged, name);
    }

    private static string FreeName(List<YamlEntry> existing, TalosContext context)
    {
        for (var n = 0; ; n++)
        {
            var name = n == 0 ? context.Name : $"{context.Name}-{n}";
            if (existing.Find(c => c.Key.Value == name) is not { } entry || IsSameCa(entry, context))
                return name;
        }
    }

    private static bool IsSameCa(YamlEntry entry, TalosContext context) =>
        (entry.Value as YamlMap)?.Find("ca")?.Value is not YamlText { IsNull: false } ca || ca.Value.Trim() == Base64(context.CaPem);

    private static void Update(YamlLines lines, YamlEntry entry, TalosContext context)
    {
        var map = (YamlMap)entry.Value;
        var old = ((map.Find("endpoints")?.Value as YamlList)?.Items ?? []).OfType<YamlText>().Select(t => t.Value).ToList();
        var fields = new List<(string Key, string[] Lines)>
        {
            ("ca", [$"ca: {Base64(context.CaPem)}"]),
            ("crt", [$"crt: {Base64(context.CertificatePem)}"]),
            ("key", [$"key: {Base64(context.KeyPem.Reveal())}"]),
        };
        if (context.HasUsableEndpoints || !(context with { Endpoints = old }).HasUsableEndpoints)
            fields.Add(("endpoints", List("endpoints", context.Endpoints)));
        if (context.Nodes.Count > 0)
            fields.Add(("nodes", List("nodes", context.Nodes)));

        var indent = map.Entries[0].Key.Column - 1;
        var end = lines.End(entry.Key.Line, entry.Key.Column);
        // From the bottom up, so that the lines above keep their numbers.
        lines.InsertAfter(end, [.. fields.Where(f => map.Find(f.Key) is null).SelectMany(f => f.Lines).Select(l => Pad(indent) + l)]);
        foreach (var (key, rendered) in fields.Where(f => map.Find(f.Key) is not null).OrderByDescending(f => map.Find(f.Key)!.Key.Line))
        {
            var at = map.Find(key)!.Key;
            lines.Replace(at.Line, lines.End(at.Line, at.Column), [.. rendered.Select(l => Pad(indent) + l)]);
        }
    }

    private static IReadOnlyList<string> Render(string name, TalosContext context, int indent)
    {
        IEnumerable<string> fields =
        [
            .. List("endpoints", context.Endpoints),
            .. context.Nodes.Count > 0 ? List("nodes", context.Nodes) : [],
            $"ca: {Base64(context.CaPem)}",
            $"crt: {Base64(context.CertificatePem)}",
            $"key: {Base64(context.KeyPem.Reveal())}",
        ];
        return [$"{Pad(indent)}{Quote(name)}:", .. fields.Select(f => Pad(indent + Indent) + f)];
    }

    private static string[] List(string key, IReadOnlyList<string> values) =>
        values.Count == 0 ? [$"{key}: []"] : [$"{key}:", .. values.Select(v => $"{Pad(Indent)}- {Quote(v)}")];

    /// <summary>Read anew: the lines have moved.</summary>
    private static string SetCurrent(string text, string name)
    {
        if (TalosconfigReader.Root(text, new ProblemList("", Failures.FailureCode.Internal)) is not { } root || TalosconfigReader.Current(root) is not null)
            return text;
        var lines = new YamlLines(text);
        if (root.Find("context") is { } entry)
            lines.Replace(entry.Key.Line, lines.End(entry.Key.Line, entry.Key.Column), [$"context: {Quote(name)}"]);
        else
            lines.InsertAfter(root.Line - 1, [$"context: {Quote(name)}"]);
        return lines.ToString();
    }

    /// <summary>What is written with braces on one line cannot be edited line by line.</summary>
    private static bool IsBlock(YamlEntry entry, ProblemList problems)
    {
        if (entry.Value is YamlMap { Entries.Count: > 0 } map && map.Entries[0].Key.Line > entry.Key.Line && map.Entries.Select(e => e.Key.Line).Distinct().Count() == map.Entries.Count)
            return true;
        problems.Add(entry.Key.Line, entry.Key.Column, entry.Key.Value, "is not written as a block with one key a line", "write it as talosctl does, or name another file");
        return false;
    }

    /// <summary>Reads the result again: an edit that came out otherwise than meant is a defect, and must not reach the file.</summary>
    private static void Prove(string merged, string name, TalosContext context, YamlMap? before)
    {
        var problems = new ProblemList("", Failures.FailureCode.Internal);
        var root = TalosconfigReader.Root(merged, problems);
        var entries = root is null ? [] : TalosconfigReader.Contexts(root).ToList();
        var others = before is null ? 0 : TalosconfigReader.Contexts(before).Count(c => c.Key.Value != name);
        var mine = entries.Find(e => e.Key.Value == name) is { } entry ? TalosconfigReader.Context(entry, problems) : null;
        if (problems.Any || mine is null || entries.Count != others + 1
            || (mine.CaPem, mine.CertificatePem, mine.KeyPem.Reveal()) != (context.CaPem, context.CertificatePem, context.KeyPem.Reveal()))
            throw new InvalidOperationException("Editing the talosconfig came out wrong; it was left as it is.");
    }

    private static string Quote(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '@' or ':') && char.IsAsciiLetter(text[0]) && text[^1] != ':'
        && text is not ("null" or "true" or "false" or "yes" or "no" or "on" or "off")
            ? text
            : $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static string Pad(int count) => new(' ', count);

    private static string Base64(string pem) => Convert.ToBase64String(Encoding.ASCII.GetBytes(pem));
}
