using System.Text.RegularExpressions;

namespace Kronform.Provision.Cluster;

internal static partial class ImageSection
{
    public static ImageReference? Read(ConfigSection image, ConfigPaths paths)
    {
        var url = ReadUrl(image);
        var file = image.Text("file", "the path of the image, relative to this file");
        if (image.Has("url") && image.Has("file"))
            image.Report("file", "contradicts url", "keep one of the two");
        if (!image.Has("url") && !image.Has("file"))
            image.Report("url", "is missing", "write the address of metal-amd64.raw.zst as url, or a local path as file");

        var sha256 = ReadDigest(image, url, file);
        image.RejectUnknownKeys();
        return sha256 is null || (url is null && file is null) ? null
            : new ImageReference(url, url is null ? paths.Resolve(file!) : null, sha256);
    }

    private static Uri? ReadUrl(ConfigSection image)
    {
        if (image.Text("url", "the image's http address") is not { } text) return null;
        if (WebAddress.TryParse(text, out var url)) return url;
        image.Report("url", $"\"{text}\" is not an http address", "write the image's http address; a local path goes into file");
        return null;
    }

    private static string? ReadDigest(ConfigSection image, Uri? url, string? file)
    {
        var how = HowToGet(url, file);
        var text = image.Text("sha256", $"the 64 hex digits ({how})", $"write the SHA-256 of the file as downloaded ({how})");
        if (text is null) return null;
        if (DigestShape().IsMatch(text)) return text.ToLowerInvariant();
        image.Report("sha256", $"\"{text}\" is not a SHA-256 ({text.Length} characters)", $"write 64 hex digits ({how})");
        return null;
    }

    /// <summary>Releases carry sha256sum.txt beside the assets; the Image Factory's public instance publishes no digests.</summary>
    private static string HowToGet(Uri? url, string? file)
    {
        if (url is null) return file is null ? "get it with: sha256sum metal-amd64.raw.zst" : $"get it with: sha256sum {file}";
        return url.Host == "github.com"
            ? $"see {new Uri(url, "sha256sum.txt")}"
            : $"get it with: curl -fL {url} | sha256sum";
    }

    [GeneratedRegex(@"^[0-9A-Fa-f]{64}\z")]
    private static partial Regex DigestShape();
}
