using System.Text.RegularExpressions;

namespace Kronform.Provision.Cluster;

/// <summary>A Talos release. Rules here differ by minor version only, so that is what is compared.</summary>
public sealed partial record TalosVersion(int Major, int Minor, int Patch, string? PreRelease = null)
{
    /// <summary>A pre-release already behaves as its minor version: <c>v1.9.0-alpha.1</c> is at least 1.9.</summary>
    public bool IsAtLeast(int major, int minor) => (Major, Minor).CompareTo((major, minor)) >= 0;

    /// <summary>Null when the text is not <c>v1.13.9</c> or <c>v1.14.0-beta.0</c>; the leading v may be missing.</summary>
    public static TalosVersion? TryParse(string text)
    {
        var match = Shape().Match(text);
        if (!match.Success) return null;
        return int.TryParse(match.Groups[1].ValueSpan, out var major)
            && int.TryParse(match.Groups[2].ValueSpan, out var minor)
            && int.TryParse(match.Groups[3].ValueSpan, out var patch)
            ? new TalosVersion(major, minor, patch, match.Groups[4].Success ? match.Groups[4].Value : null)
            : null;
    }

    public override string ToString() => $"v{Major}.{Minor}.{Patch}{(PreRelease is null ? "" : "-" + PreRelease)}";

    [GeneratedRegex(@"^v?([0-9]+)\.([0-9]+)\.([0-9]+)(?:-([0-9A-Za-z.-]+))?\z")]
    private static partial Regex Shape();
}
