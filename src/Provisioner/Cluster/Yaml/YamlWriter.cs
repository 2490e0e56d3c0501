using System.Globalization;
using System.Text;

namespace Kronform.Provision.Cluster.Yaml;

/// <summary>
/// Writes trees as text: block style, two spaces, keys in the order they have. The same trees always give the same bytes, and
/// reading them gives the same trees; comments, anchors and the original quoting are not kept.
/// </summary>
internal static class YamlWriter
{
    public static string Write(IEnumerable<YamlNode> documents)
    {
        var text = new StringBuilder();
        foreach (var (index, document) in documents.Index())
        {
            if (index > 0) text.Append("---\n");
            Node(text, document, 0, startsLine: true);
        }

        return text.ToString();
    }

    private static void Node(StringBuilder text, YamlNode node, int depth, bool startsLine)
    {
        switch (node)
        {
            case YamlMap { Entries.Count: > 0 } map:
                foreach (var (index, entry) in map.Entries.Index())
                {
                    if (index > 0 || !startsLine) Indent(text, depth);
                    Entry(text, entry, depth);
                }

                break;
            case YamlList { Items.Count: > 0 } list:
                foreach (var (index, item) in list.Items.Index())
                {
                    if (index > 0 || !startsLine) Indent(text, depth);
                    text.Append("- ");
                    if (IsCollection(item)) Node(text, item, depth + 1, startsLine: true);
                    else Scalar(text, item, depth);
                }

                break;
            default:
                Scalar(text, node, depth - 1);
                break;
        }
    }

    private static void Entry(StringBuilder text, YamlEntry entry, int depth)
    {
        text.Append(Inline(entry.Key)).Append(':');
        if (IsCollection(entry.Value))
        {
            text.Append('\n');
            Node(text, entry.Value, depth + 1, startsLine: false);
        }
        else
        {
            text.Append(' ');
            Scalar(text, entry.Value, depth);
        }
    }

    private static bool IsCollection(YamlNode node) => node is YamlMap { Entries.Count: > 0 } or YamlList { Items.Count: > 0 };

    private static void Scalar(StringBuilder text, YamlNode node, int depth)
    {
        if (node is YamlText value && IsBlock(value)) Block(text, value.Value, depth);
        else text.Append(node switch { YamlText t => Inline(t), YamlMap => "{}", _ => "[]" }).Append('\n');
    }

    private static void Indent(StringBuilder text, int depth) => text.Append(' ', depth * 2);

    private static string Inline(YamlText text)
    {
        if (text.IsPlain && text.Value.Length == 0) return "null";
        return (text.IsPlain && !text.Value.Contains('\n')) || IsWord(text.Value) ? text.Value : Quoted(text.Value);
    }

    /// <summary>A quoted text that is the same without quotes to every reader.</summary>
    private static bool IsWord(string value) =>
        value.Length > 0
        && (char.IsAsciiLetter(value[0]) || value[0] == '/')
        && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/' or '+' or '=')
        && value.ToLowerInvariant() is not ("null" or "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n");

    /// <summary>Several printable lines are kept readable; whatever a block would change is quoted.</summary>
    private static bool IsBlock(YamlText text) =>
        !text.IsPlain
        && text.Value.Contains('\n')
        && text.Value.TrimEnd('\n').Length > 0
        && text.Value[0] is not (' ' or '\n' or '\t')
        && !text.Value.EndsWith("\n\n", StringComparison.Ordinal)
        && text.Value.All(c => c == '\n' || c == '\t' || IsPrintable(c));

    private static void Block(StringBuilder text, string value, int depth)
    {
        bool ends = value.EndsWith('\n');
        text.Append(ends ? "|\n" : "|-\n");
        foreach (string line in (ends ? value[..^1] : value).Split('\n'))
        {
            if (line.Length > 0)
            {
                Indent(text, depth + 1);
                text.Append(line);
            }

            text.Append('\n');
        }
    }

    private static string Quoted(string value)
    {
        var text = new StringBuilder("\"");
        foreach (char c in value)
        {
            text.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\t' => "\\t",
                _ when IsPrintable(c) => c.ToString(),
                _ => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
            });
        }

        return text.Append('"').ToString();
    }

    // Next line, the separators and the byte order mark count as line ends or are dropped by one reader or another.
    private static bool IsPrintable(char c) => !char.IsControl(c) && c is not ('\u2028' or '\u2029' or '\uFEFF') && !char.IsSurrogate(c);
}
