using Kronform.Provision.Cluster;
using Kronform.Provision.Failures;
using Kronform.Provision.Images.Digests;
using Kronform.Provision.Images.Downloads;
using Kronform.Provision.Reports;

namespace Kronform.Provision.Images;

/// <param name="Detail">What the image is, where it comes from and who vouches for it.</param>
/// <param name="Warnings">What could not be seen from here, or speaks against it without stopping a run.</param>
public sealed record ImageCheckup(string Detail, IReadOnlyList<string> Warnings);

/// <summary>Looks at the image section without downloading, recording or registering anything.</summary>
public sealed class ImageCheck(DigestRecords records, ImageHttp http, TimeProvider time)
{
    /// <param name="reference">What provision.yaml says.</param>
    /// <param name="offline">Nobody is asked.</param>
    /// <param name="cancellation">Ends the wait for answers.</param>
    /// <exception cref="ProvisionException">What a run would fail with for certain.</exception>
    public async Task<ImageCheckup> LookAsync(ImageReference reference, bool offline, CancellationToken cancellation)
    {
        if (reference.File is { } file)
        {
            var image = await ImageFile.OpenAsync(file, reference.Sha256!, cancellation);
            return new($"{file}, {image.Format}, {MiB(image.Source.LengthBytes!.Value)}{Expanded(image.Source.ExpandedBytes)}, sha256 {image.Source.Sha256[..12]}… from provision.yaml, sent to the server", []);
        }

        var address = ImageAddress.Of(reference);
        var warnings = new List<string>();
        var lengths = offline ? [] : await LengthsAsync(address, warnings, cancellation);
        var detail = $"{ImageAddress.Show(address.Url)}{(lengths.FirstOrDefault() is { } length ? ", " + MiB(length) : "")}{Expanded(address.ExpectedBytes)}, "
            + $"{await DigestAsync(address, reference.Sha256, offline, warnings, cancellation)}, "
            + (reference.Delivery == ImageDelivery.Push ? "downloaded here and sent to the server" : "downloaded by the server");
        return new(detail, warnings);
    }

    private async Task<List<long?>> LengthsAsync(ImageAddress address, List<string> warnings, CancellationToken cancellation)
    {
        var lengths = new List<long?>();
        foreach (var url in address.All)
        {
            try
            {
                lengths.Add(await http.HeadAsync(url, cancellation));
            }
            catch (ImageHttpException failure)
            {
                lengths.Add(null);
                warnings.Add($"{WithCauses(failure)}; {(address.Schematic is null ? "the server may still reach it" : "the Image Factory may not know the schematic before the first run")}");
            }
        }

        if (lengths.OfType<long>().Distinct().Count() > 1) warnings.Add($"its addresses have files of different lengths ({string.Join(", ", lengths.OfType<long>())} bytes)");
        return lengths;
    }

    private async Task<string> DigestAsync(ImageAddress address, string? pinned, bool offline, List<string> warnings, CancellationToken cancellation)
    {
        var recorded = records.Find(address.Url);
        var published = offline ? null : await PublishedAsync(address, warnings, cancellation);
        var known = pinned ?? recorded?.Sha256;
        if (known is not null && published is not null && published.Sha256 != known)
        {
            var source = pinned is null ? $"was recorded on {recorded!.At:u}" : "is pinned in provision.yaml";
            warnings.Add($"{published.Source} has the SHA-256 {published.Sha256} for it, but {known} {source}");
        }

        if (pinned is not null) return $"sha256 {pinned[..12]}… from provision.yaml";
        if (recorded is not null) return $"sha256 {recorded.Sha256[..12]}… recorded on {recorded.At:u} from {recorded.Source}";
        if (published is not null) return $"sha256 {published.Sha256[..12]}… from {published.Source}";
        return address.Checksums is null ? "sha256 to be recorded at the first download" : "sha256 to be taken from the release's list";
    }

    private async Task<DigestRecord?> PublishedAsync(ImageAddress address, List<string> warnings, CancellationToken cancellation)
    {
        try
        {
            return await new DigestFinder(records, http, time).PublishedAsync(address, brief: true, cancellation);
        }
        catch (ProvisionException failure)
        {
            warnings.Add(WithCauses(failure));
            return null;
        }
    }

    private static string WithCauses(Exception failure) => failure.InnerException is null ? failure.Message
        : $"{failure.Message} ({string.Join(": ", ErrorChain.Causes(failure))})";

    private static string MiB(long bytes) => $"{bytes / 1048576} MiB";

    private static string Expanded(long? bytes) => bytes is { } known ? $" (expands to {MiB(known)})" : "";
}
