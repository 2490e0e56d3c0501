namespace Kronform.Provision.Images.Digests;

/// <summary>A <c>sha256sum.txt</c>: lines of 64 hex digits, a blank, a blank or asterisk, and a name.</summary>
internal static class ChecksumList
{
    private const int DigestLength = 64;

    /// <summary>The digest of that name, lower-case; null when it is not listed, or listed twice with different digests.</summary>
    public static string? Find(string list, string name)
    {
        string? found = null;
        foreach (var line in list.Split('\n').Select(line => line.TrimEnd('\r')))
        {
            if (line.Length < DigestLength + 3 || line[DigestLength] != ' ' || line[DigestLength + 1] is not (' ' or '*')) continue;
            if (line[(DigestLength + 2)..] != name || !line[..DigestLength].All(char.IsAsciiHexDigit)) continue;
            var digest = line[..DigestLength].ToLowerInvariant();
            if (found is not null && found != digest) return null;
            found = digest;
        }

        return found;
    }
}
