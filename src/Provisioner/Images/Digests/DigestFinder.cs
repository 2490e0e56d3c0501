using Kronform.Provision.Failures;
using Kronform.Provision.Images.Downloads;

namespace Kronform.Provision.Images.Digests;

/// <summary>What is known of a digest without the image: a pin, what was recorded, the publisher's own list; in this order.</summary>
internal sealed class DigestFinder(DigestRecords records, ImageHttp http, TimeProvider time)
{
    public const string Pinned = "provision.yaml";
    public const string FirstDownload = "the first download";

    /// <returns>Null when only a download can tell. A record made here is not kept by it.</returns>
    /// <exception cref="ProvisionException"><see cref="FailureCode.ImageUnavailable"/>: the publisher's list cannot be had or does not name the image.</exception>
    public async Task<DigestRecord?> FindAsync(ImageAddress address, string? pinned, CancellationToken cancellation)
    {
        if (pinned is not null) return new DigestRecord(pinned, Pinned, time.GetUtcNow());
        return records.Find(address.Url) ?? await PublishedAsync(address, brief: false, cancellation);
    }

    /// <summary>What the publisher's list says now; null where there is no list.</summary>
    public async Task<DigestRecord?> PublishedAsync(ImageAddress address, bool brief, CancellationToken cancellation)
    {
        if (address.Checksums is not { } url) return null;
        const string remedy = "Check the address and the proxy (HTTPS_PROXY), or write the image's digest as image.sha256 in provision.yaml.";
        string list;
        try
        {
            list = await http.TextAsync(url, brief, cancellation);
        }
        catch (ImageHttpException failure)
        {
            throw new ProvisionException(FailureCode.ImageUnavailable, $"Fetching the release's list of digests from {ImageAddress.Show(url)}; nothing was touched", remedy, failure);
        }

        var name = Path.GetFileName(address.Url.AbsolutePath);
        return ChecksumList.Find(list, name) is { } digest
            ? new DigestRecord(digest, $"the release's {Path.GetFileName(url.AbsolutePath)}", time.GetUtcNow())
            : throw new ProvisionException(FailureCode.ImageUnavailable, $"Looking for {name} in {ImageAddress.Show(url)}: it lists no one digest for it; nothing was touched", remedy);
    }
}
