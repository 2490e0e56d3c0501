using System.Text.RegularExpressions;

namespace Kronform.Provision.Failures;

/// <summary>Takes what could be a secret out of a text that somebody else wrote.</summary>
public static partial class Redaction
{
    private const int Longest = 600;

    /// <summary>Base64, hex and PEM runs of 20 characters and more, and Talos's <c>6.16</c> tokens, become <c>(hidden)</c>; quoted documents are cut off.</summary>
    public static string Of(string text)
    {
        int quoted = text.IndexOf("unknown keys found during decoding", StringComparison.Ordinal);
        if (quoted >= 0) text = text[..quoted] + "it holds keys that this Talos does not know";
        text = Suspicious().Replace(text, "(hidden)");
        return text.Length > Longest ? text[..Longest] + "…" : text;
    }

    [GeneratedRegex(@"\b[0-9a-z]{6}\.[0-9a-z]{16}\b|[A-Za-z0-9+/_=-]{20,}")]
    private static partial Regex Suspicious();
}
