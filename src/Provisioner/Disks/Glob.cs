namespace Kronform.Provision.Disks;

/// <summary>
/// Talos's patterns (ryanuber/go-glob): only <c>*</c> is special and stands for any run of characters, also none, also slashes.
/// Case counts. The empty pattern matches the empty text only.
/// </summary>
public static class Glob
{
    public static bool Matches(string pattern, string text)
    {
        var parts = pattern.Split('*');
        if (parts.Length == 1) return text == pattern;
        if (!text.StartsWith(parts[0], StringComparison.Ordinal)) return false;

        var position = parts[0].Length;
        foreach (var part in parts[1..^1])
        {
            var found = text.IndexOf(part, position, StringComparison.Ordinal);
            if (found < 0) return false;
            position = found + part.Length;
        }

        return text.Length - position >= parts[^1].Length && text.EndsWith(parts[^1], StringComparison.Ordinal);
    }
}
