using System.Text.RegularExpressions;
using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster;

/// <summary>The image section: a file, an address, or, with neither, a Talos release.</summary>
internal static partial class ImageSection
{
    private static readonly string[] ReleaseKeys = ["talos", "schematic", "architecture", "source", "mirror"];

    /// <param name="image">The section.</param>
    /// <param name="paths">For the paths in it.</param>
    /// <param name="clusterVersion">The release when the section names none; null when it could not be read.</param>
    public static ImageReference? Read(ConfigSection image, ConfigPaths paths, TalosVersion? clusterVersion)
    {
        var url = image.Has("url") ? Address(image, "url") : null;
        var file = image.Text("file", "the path of the image, relative to this file");
        if (image.Has("url") && image.Has("file"))
            image.Report("file", "contradicts url", "keep one of the two");
        var named = image.Has("url") ? "url" : image.Has("file") ? "file" : null;
        foreach (var key in ReleaseKeys.Where(key => image.Has(key) && named is not null))
            image.Report(key, $"contradicts {named}", $"it belongs to an image named by its Talos release; drop it or {named}");

        var release = named is null ? TalosReleaseSection.Read(image, paths, clusterVersion) : null;
        var mirrors = ReadMirrors(image);
        var sha256 = ReadDigest(image, url, file);
        var delivery = ReadDelivery(image, named);
        image.RejectUnknownKeys();
        if (sha256 is null && !image.Has("sha256"))
            RefusePlainHttp(image, [("url", url), .. mirrors.Select(m => ("mirrors", (Uri?)m)), ("mirror", release?.Mirror)]);

        if (url is null && file is null && release is null) return null;
        return new ImageReference
        {
            Url = url,
            File = file is null ? null : paths.Resolve(file),
            Talos = release,
            Mirrors = mirrors,
            Sha256 = sha256,
            Delivery = delivery,
        };
    }

    internal static Uri? Address(ConfigSection image, string key)
    {
        if (image.Text(key, "an http address") is not { } text) return null;
        if (!WebAddress.TryParse(text, out var url))
            image.Report(key, $"\"{text}\" is not an http address", $"write the image's http address{(key == "url" ? "; a local path goes into file" : "")}");
        else if (url.UserInfo.Length > 0)
            image.Report(key, "holds a user name or password", "secrets do not belong into this file; use an address that needs none, or file");
        else return url;
        return null;
    }

    private static List<Uri> ReadMirrors(ConfigSection image)
    {
        var mirrors = new List<Uri>();
        if (image.Find("mirrors") is not { } entry) return mirrors;
        if (!image.Has("url"))
            image.Report("mirrors", "stands without url", image.Has("file") ? "drop it" : "write mirror: the base address of one, or url");
        if (entry.Value is not YamlList list)
        {
            image.Report("mirrors", "is no list", "write a list of addresses of the same file");
            return mirrors;
        }

        foreach (var item in list.Items)
        {
            if (item is YamlText text && WebAddress.TryParse(text.Value, out var mirror) && mirror.UserInfo.Length == 0) mirrors.Add(mirror);
            else image.Report("mirrors", $"entry {mirrors.Count + 1} is not an http address without user name", "write a list of addresses of the same file");
        }

        return mirrors;
    }

    private static ImageDelivery ReadDelivery(ConfigSection image, string? named)
    {
        switch (image.Text("delivery", "auto, pull or push"))
        {
            case null or "auto": return ImageDelivery.Auto;
            case "push": return ImageDelivery.Push;
            case "pull" when named == "file":
                image.Report("delivery", "is pull, but the server cannot reach a file here", "write push, or url instead of file");
                return ImageDelivery.Auto;
            case "pull": return ImageDelivery.Pull;
            case var other:
                image.Report("delivery", $"\"{other}\" is no way of delivery", "write auto, pull or push");
                return ImageDelivery.Auto;
        }
    }

    /// <summary>Without a digest the first download is believed, and so is a list of digests; anybody on the way could change plain HTTP.</summary>
    private static void RefusePlainHttp(ConfigSection image, IEnumerable<(string Key, Uri? Url)> addresses)
    {
        foreach (var key in addresses.Where(a => a.Url is { IsLoopback: false } url && url.Scheme == Uri.UriSchemeHttp).Select(a => a.Key).Distinct())
            image.Report(key, "is plain http, and no sha256 says what must come from there", "write sha256, or an https address");
    }

    private static string? ReadDigest(ConfigSection image, Uri? url, string? file)
    {
        var how = HowToGet(url, file);
        // A file has no publisher who could be asked.
        var text = image.Text("sha256", $"the 64 hex digits ({how})", image.Has("file") && !image.Has("url") ? $"write the SHA-256 of the file as downloaded ({how})" : null);
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
    internal static partial Regex DigestShape();
}
