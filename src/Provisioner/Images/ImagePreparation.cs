using Kronform.Provision.Cluster;
using Kronform.Provision.Failures;
using Kronform.Provision.Images.Catalogue;
using Kronform.Provision.Images.Digests;
using Kronform.Provision.Images.Downloads;

namespace Kronform.Provision.Images;

/// <summary>
/// From what provision.yaml says to an image whose digest is known and that somebody can bring to the servers. Everything here
/// happens before any server is touched.
/// </summary>
/// <param name="records">Digests that provision.yaml does not pin.</param>
/// <param name="cache">For what is downloaded here.</param>
/// <param name="http">For lists of digests and schematics.</param>
/// <param name="time">For records.</param>
/// <param name="status">What is being done, and how far it is.</param>
public sealed class ImagePreparation(DigestRecords records, ImageCache cache, ImageHttp http, TimeProvider time, Action<string, long?, long?> status)
{
    /// <exception cref="ProvisionException">Any of the image's codes; nothing was touched.</exception>
    public async Task<ImageFile> PrepareAsync(ImageReference reference, CancellationToken cancellation)
    {
        if (reference.File is { } file) return await ImageFile.OpenAsync(file, reference.Sha256!, cancellation);

        var address = ImageAddress.Of(reference);
        var warnings = new List<string>();
        var digest = await new DigestFinder(records, http, time).FindAsync(address, reference.Sha256, cancellation);
        if (digest is { Source: not (DigestFinder.Pinned or DigestFinder.FirstDownload) }) await records.AddAsync(address.Url, digest, cancellation);
        if (reference.Sha256 is not null && records.Find(address.Url) is { } earlier && earlier.Sha256 != reference.Sha256)
            warnings.Add($"provision.yaml pins another digest for the image than {earlier.Source} had on {earlier.At:u} ({earlier.Sha256})");

        // A recorded address was downloaded before, so the factory knows the schematic.
        if (address.Schematic is var (factory, schematic) && (reference.Sha256 is not null || digest is null)
            && await FactorySchematics.RegisterAsync(http, factory, schematic, cancellation) is { } doubt) warnings.Add(doubt);

        if (digest is not null && reference.Delivery != ImageDelivery.Push) return ToPull(address, digest, warnings);
        var local = await DownloadAsync(address, digest, cancellation);
        if (digest is null)
        {
            digest = new DigestRecord(local.Source.Sha256, DigestFinder.FirstDownload, time.GetUtcNow(), local.Source.LengthBytes, local.Source.ExpandedBytes);
            await records.AddAsync(address.Url, digest, cancellation);
            warnings.Add($"nobody vouches for the image from {ImageAddress.Show(address.Url)}: its SHA-256 {digest.Sha256} was taken from this first download and recorded in {records.File}; pin it as image.sha256 once you have compared it");
        }

        if (address.ExpectedBytes is { } expected && local.Source.ExpandedBytes is { } actual && actual != expected)
            warnings.Add($"the image expands to {actual} bytes, images of this release usually to {expected}");
        return reference.Delivery == ImageDelivery.Push
            ? local with { ExpectedBytes = address.ExpectedBytes, DigestSource = digest.Source, Warnings = warnings }
            : ToPull(address, digest, warnings);
    }

    private static ImageFile ToPull(ImageAddress address, DigestRecord digest, List<string> warnings)
    {
        var image = ImageFile.FromAddress(address, digest.Sha256);
        return image with
        {
            DigestSource = digest.Source,
            Warnings = warnings,
            Source = image.Source with { LengthBytes = digest.LengthBytes, ExpandedBytes = digest.ExpandedBytes },
        };
    }

    /// <summary>What is no image does not stay in the cache, and its digest is not recorded.</summary>
    private async Task<ImageFile> DownloadAsync(ImageAddress address, DigestRecord? digest, CancellationToken cancellation)
    {
        CachedImage cached;
        try
        {
            cached = await cache.GetAsync(address, digest?.Sha256, Show, cancellation);
        }
        catch (ProvisionException failure) when (failure.Code == FailureCode.ImageDigest && digest is { Source: not DigestFinder.Pinned })
        {
            throw new ProvisionException(FailureCode.ImageDigest,
                $"{failure.Message} (recorded on {digest.At:u} from {digest.Source})",
                $"Published files do not change. Find out why; if the new file is right, pin its digest as image.sha256 in provision.yaml, or delete the entry in {records.File}.", failure.InnerException);
        }

        try
        {
            return await ImageFile.OpenAsync(cached.Path, cached.Sha256, cancellation);
        }
        catch (ProvisionException failure) when (failure.Code == FailureCode.ImageFormat)
        {
            cache.Drop(cached.Sha256);
            throw;
        }
    }

    private void Show(DownloadProgress? progress)
    {
        if (progress is { } p) status("downloading the image", p.DoneBytes, p.TotalBytes);
        else status("waiting for another provision that downloads the same image", null, null);
    }
}
