using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.Schematics;
using Kronform.Provision.Failures;
using Kronform.Provision.Images.Catalogue;

namespace Kronform.Provision.Images;

/// <summary>Where an image that is no local file is to be had, and what is known of it before anybody is asked.</summary>
public sealed record ImageAddress
{
    private static readonly string[] OtherAssets = [".iso", ".qcow2", ".zip", "-uki.efi"];

    public required Uri Url { get; init; }

    public IReadOnlyList<Uri> Mirrors { get; init; } = [];

    public Uri? Checksums { get; init; }

    public long? ExpectedBytes { get; init; }

    /// <summary>To be made known to the Image Factory at this address before it can make the image; null when there is nothing to say.</summary>
    public (Uri Factory, Schematic Schematic)? Schematic { get; init; }

    /// <summary>Url first.</summary>
    public IEnumerable<Uri> All => [Url, .. Mirrors];

    /// <param name="reference">One that is no file. A schematic's file is read.</param>
    /// <exception cref="ConfigProblemsException">The schematic's file.</exception>
    /// <exception cref="ProvisionException"><see cref="FailureCode.ImageFormat"/>: not an image the agent writes.</exception>
    public static ImageAddress Of(ImageReference reference)
    {
        if (reference.Talos is { } release) return OfRelease(release);
        var url = reference.Url!;
        if (OtherAssets.FirstOrDefault(ending => url.AbsolutePath.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) is { } found)
            throw new ProvisionException(FailureCode.ImageFormat, $"Looking at the image {Show(url)}: {found} cannot be written to a disk; nothing was touched",
                "Use the address of the metal disk image (metal-amd64.raw.zst).");
        return new ImageAddress { Url = url, Mirrors = reference.Mirrors, Checksums = ImageCatalogue.ChecksumsBeside(url) };
    }

    /// <summary>For people and logs: a query may hold a secret.</summary>
    public static string Show(Uri url) => url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    private static ImageAddress OfRelease(TalosRelease release)
    {
        if (release.Publisher == ImagePublisher.GitHub) return From(ImageCatalogue.OfRelease(release.Version, "amd64", release.Mirror));
        var schematic = release.Schematic switch
        {
            null => Cluster.Schematics.Schematic.Default,
            { Inline: { } inline } => inline,
            { File: { } file } => SchematicFile.Load(file),
            _ => null,
        };
        var id = schematic?.Id ?? release.Schematic!.Id!;
        var image = ImageCatalogue.OfFactory(release.Version, "amd64", id, schematic, release.Mirror);
        if (image.SectorBytes != 512)
            throw new ProvisionException(FailureCode.ImageFormat, $"Looking at the schematic of the image: it makes images for disks with sectors of {image.SectorBytes} bytes, which cannot be written here; nothing was touched",
                "Leave diskImage.sectorSize out of the schematic.");
        return From(image) with
        {
            Schematic = schematic is null || schematic.Id == Cluster.Schematics.Schematic.Default.Id ? null : (ImageCatalogue.Base(release.Mirror ?? ImageCatalogue.Factory), schematic),
        };
    }

    private static ImageAddress From(CatalogueImage image) =>
        new() { Url = image.Url, Checksums = image.Checksums, ExpectedBytes = image.ExpectedBytes };
}
