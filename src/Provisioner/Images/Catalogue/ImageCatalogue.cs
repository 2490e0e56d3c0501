using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.Schematics;

namespace Kronform.Provision.Images.Catalogue;

/// <summary>A metal image that somebody publishes.</summary>
public sealed record CatalogueImage
{
    public required string AssetName { get; init; }

    public required Uri Url { get; init; }

    /// <summary>The publisher's list of SHA-256 sums; null where there is none.</summary>
    public Uri? Checksums { get; init; }

    /// <summary>What the release's image usually expands to; null where that is not known. Image options change it.</summary>
    public long? ExpectedBytes { get; init; }

    /// <summary>The logical sectors the image's partition table counts in.</summary>
    public required int SectorBytes { get; init; }
}

/// <summary>
/// What is published for a Talos release. Names: the release's assets (tar.gz up to 1.4, raw.xz 1.5 to 1.7, raw.zst from 1.8) and
/// the Image Factory's paths. Sizes: computed from the constants of Talos's imager, one of them seen in a dd output.
/// </summary>
public static class ImageCatalogue
{
    public static readonly Uri GitHub = new("https://github.com/siderolabs/talos/releases/download/");
    public static readonly Uri Factory = new("https://factory.talos.dev/");

    private const long MiB = 1 << 20;

    /// <param name="version">1.4 or newer; a minor that is newer than all that are known here is taken to be like the newest.</param>
    /// <param name="architecture"><c>amd64</c> or <c>arm64</c>.</param>
    /// <param name="mirror">Holds GitHub's files under GitHub's paths, and is named instead of it.</param>
    public static CatalogueImage OfRelease(TalosVersion version, string architecture, Uri? mirror = null)
    {
        var folder = new Uri(Base(mirror ?? GitHub), $"{version}/");
        var asset = $"metal-{architecture}.{(version.IsAtLeast(1, 5) ? Packing(version) : "tar.gz")}";
        return new CatalogueImage
        {
            AssetName = asset,
            Url = new Uri(folder, asset),
            Checksums = new Uri(folder, "sha256sum.txt"),
            ExpectedBytes = ExpectedBytes(version, architecture),
            SectorBytes = 512,
        };
    }

    /// <param name="version">As for releases.</param>
    /// <param name="architecture"><c>amd64</c> or <c>arm64</c>.</param>
    /// <param name="schematicId">64 hex digits.</param>
    /// <param name="schematic">Null when only its id is known.</param>
    /// <param name="mirror">Another factory, or files under the factory's paths.</param>
    public static CatalogueImage OfFactory(TalosVersion version, string architecture, string schematicId, Schematic? schematic, Uri? mirror = null)
    {
        var asset = $"metal-{architecture}.{Packing(version)}";
        return new CatalogueImage
        {
            AssetName = asset,
            Url = new Uri(Base(mirror ?? Factory), $"image/{schematicId}/{version}/{asset}"),
            // The boot loader decides the partitions: both loaders need both partitions.
            ExpectedBytes = schematic is { Bootloader: "", SectorBytes: 0 or 512 } ? ExpectedBytes(version, architecture) : null,
            SectorBytes = schematic is { SectorBytes: > 0 } made ? made.SectorBytes : 512,
        };
    }

    /// <summary>The release's list of sums when the address is of one of Talos's own releases.</summary>
    public static Uri? ChecksumsBeside(Uri url) =>
        GitHub.IsBaseOf(url) && url.Segments.Length == GitHub.Segments.Length + 2 ? new Uri(url, "sha256sum.txt") : null;

    internal static Uri Base(Uri address) => address.AbsoluteUri.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");

    private static string Packing(TalosVersion version) => version.IsAtLeast(1, 8) ? "raw.zst" : "raw.xz";

    private static long? ExpectedBytes(TalosVersion version, string architecture) => architecture switch
    {
        "amd64" when version.IsAtLeast(1, 11) => 4247 * MiB,
        "amd64" when version.IsAtLeast(1, 10) => 2247 * MiB,
        "amd64" => 1246 * MiB,
        "arm64" when version.IsAtLeast(1, 11) => 2246 * MiB,
        _ => null,
    };
}
