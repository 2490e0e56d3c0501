using System.Text.RegularExpressions;

namespace Kronform.Provision.Cluster.Schematics;

/// <summary>
/// Writes a string exactly as Go's yaml.v3 does, which the Image Factory hashes. Only forms that are certain are written: a text
/// whose form depends on a rule that is not modelled here has a <see cref="Doubt"/>, and no id is computed from it.
/// </summary>
/// <remarks>Rules: yaml.v3 encode.go (which quotes), resolve.go (what looks like another type), emitterc.go (what plain allows).</remarks>
internal static partial class GoYamlText
{
    private const int FoldingWidth = 80;

    /// <summary>Why the form of this text is not certain; null when it is.</summary>
    /// <param name="text">Of one or several lines.</param>
    /// <param name="column">Where it begins on its line, from 0.</param>
    public static string? Doubt(string text, int column)
    {
        if (text.Any(c => c is not ('\n' or (>= ' ' and <= '~')))) return "holds tabs or other characters than plain ASCII";
        if (text.Contains('\n')) return LinesDoubt(text);
        if (text.StartsWith(' ') || text.EndsWith(' ')) return "begins or ends with a blank";
        if (text.Contains(' ') && column + text.Length > FoldingWidth) return "has blanks and is so long that it may be folded";
        // yaml.v3 puts these into double quotes, v4 into single ones; the factory changed from one to the other.
        if (IsOldTruth(text)) return "is a truth value of YAML 1.1";
        return LooksLikeNumber().IsMatch(text) && !Number().IsMatch(text) && !DottedNumbers().IsMatch(text) || text is "=" or "<<"
            ? "may be taken for a number or a date" : null;
    }

    /// <param name="text">One without a <see cref="Doubt"/>.</param>
    /// <param name="indent">Of the lines of a text of several lines.</param>
    public static string Write(string text, int indent)
    {
        if (text.Contains('\n')) return Literal(text, new string(' ', indent));
        if (IsOtherType(text)) return $"\"{text}\"";
        return IsPlain(text) ? text : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
    }

    private static string? LinesDoubt(string text)
    {
        if (text[0] is ' ' or '\n') return "begins with a blank or an empty line";
        if (text.EndsWith("\n\n", StringComparison.Ordinal)) return "ends with empty lines";
        return text.Split('\n').Any(line => line.EndsWith(' ')) ? "has blanks at the end of a line" : null;
    }

    private static string Literal(string text, string indent)
    {
        var body = text.TrimEnd('\n');
        var lines = body.Split('\n').Select(line => line.Length == 0 ? "" : indent + line);
        return $"|{(body.Length == text.Length ? "-" : "")}\n{string.Join('\n', lines)}";
    }

    private static bool IsOtherType(string text) => Number().IsMatch(text) || text is "" or "~"
        or "null" or "Null" or "NULL" or "true" or "True" or "TRUE" or "false" or "False" or "FALSE";

    private static bool IsOldTruth(string text) => text is "y" or "Y" or "yes" or "Yes" or "YES" or "on" or "On" or "ON"
        or "n" or "N" or "no" or "No" or "NO" or "off" or "Off" or "OFF";

    private static bool IsPlain(string text) =>
        !"#,[]{}&*!|>'\"%@`".Contains(text[0])
        && !(text[0] is '-' or '?' or ':' && (text.Length == 1 || text[1] == ' '))
        && !text.StartsWith("---", StringComparison.Ordinal) && !text.StartsWith("...", StringComparison.Ordinal)
        && !text.Contains(": ", StringComparison.Ordinal) && !text.EndsWith(':') && !text.Contains(" #", StringComparison.Ordinal);

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)\z")]
    private static partial Regex Number();

    [GeneratedRegex(@"^[0-9]+(\.[0-9]+){2,}\z")]
    private static partial Regex DottedNumbers();

    /// <summary>Wide on purpose: hexadecimal, octal, exponents, underscores, sexagesimals, dates, infinities.</summary>
    [GeneratedRegex(@"^(?=.*[0-9])[-+.0-9][-+.0-9a-fA-FxXoObB_:tTzZ ]*\z|^[-+]?\.[A-Za-z]{3}\z")]
    private static partial Regex LooksLikeNumber();
}
