using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Images.Downloads;

/// <param name="DoneBytes">On the disk here.</param>
/// <param name="TotalBytes">When the server said.</param>
public readonly record struct DownloadProgress(long DoneBytes, long? TotalBytes);

/// <summary>
/// Brings a file here whole, going on after a cut where the server can, and from another address when one fails for good. What
/// arrived is believed only after its digest was compared.
/// </summary>
internal sealed class ImageDownload(ImageHttp http, PartFile part, Action<DownloadProgress> report)
{
    private const int BufferBytes = 256 * 1024;

    /// <summary>Less than that is no progress worth another round of attempts.</summary>
    private const long Gain = 1 << 20;

    /// <param name="addresses">Of the same bytes; tried in order.</param>
    /// <param name="sha256">Null when it is not known yet.</param>
    /// <param name="cancellation">Leaves the part for the next attempt.</param>
    /// <returns>The digest of the complete part file.</returns>
    /// <exception cref="ProvisionException"><see cref="FailureCode.ImageUnavailable"/>, <see cref="FailureCode.ImageDigest"/>.</exception>
    /// <exception cref="IOException">The file here, never the network.</exception>
    public async Task<string> RunAsync(IReadOnlyList<Uri> addresses, string? sha256, CancellationToken cancellation)
    {
        // What a crash of this machine left of the file could be anything, and without a digest nothing would tell.
        if (sha256 is null) part.Delete();
        var failures = new List<Exception>();
        string? other = null;
        foreach (var url in addresses)
        {
            try
            {
                await FetchAsync(url, sha256 is not null, cancellation);
                var actual = await HashAsync(cancellation);
                if (sha256 is null || actual == sha256) return actual;
                part.Delete();
                other = actual;
                failures.Add(new InvalidDataException($"what {ImageAddress.Show(url)} holds has the SHA-256 {actual}"));
            }
            catch (ImageHttpException failure)
            {
                failures.Add(failure);
            }
        }

        var cause = failures.Count == 1 ? failures[0] : new AggregateException(failures);
        var places = string.Join(", ", addresses.Select(ImageAddress.Show));
        throw other is not null
            ? new ProvisionException(FailureCode.ImageDigest, $"Downloading the image from {places}: its SHA-256 is {other}, expected is {sha256}; nothing was touched",
                "Correct image.sha256 if another image is meant; otherwise find out who changed the published file.", cause)
            : new ProvisionException(FailureCode.ImageUnavailable, $"Downloading the image from {places}; nothing was touched",
                "Run again to go on where it broke off. Check the address and the proxy (HTTPS_PROXY), or download it elsewhere and name it as image.file.", cause);
    }

    private async Task FetchAsync(Uri url, bool digestKnown, CancellationToken cancellation)
    {
        while (true)
        {
            var before = part.Length;
            try
            {
                await http.Pipeline.ExecuteAsync(async token => await AttemptAsync(url, digestKnown, token), cancellation);
                return;
            }
            catch (ImageHttpException failure) when (failure.IsTransient && part.Length >= before + Gain)
            {
                // A line that cuts every few seconds still gets there.
            }
        }
    }

    private async Task AttemptAsync(Uri url, bool digestKnown, CancellationToken cancellation)
    {
        var origin = part.Origin is { Validator: not null } earlier && earlier.Url == url.AbsoluteUri ? earlier : null;
        var offset = origin is null ? 0 : part.Length;
        if (origin is not null && offset == origin.TotalBytes) return;

        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (offset > 0)
        {
            request.Headers.Range = new RangeHeaderValue(offset, null);
            request.Headers.TryAddWithoutValidation("If-Range", origin!.Validator);
        }

        using var response = await http.OpenAsync(request, cancellation);
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                // Also the answer of a server that knows no ranges, or whose file is another by now: from the beginning.
                offset = 0;
                break;
            case HttpStatusCode.PartialContent when offset > 0 && GoesOn(response.Content.Headers.ContentRange, offset, origin!.TotalBytes):
                break;
            case HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable:
                part.Delete();
                throw new ImageHttpException($"{ImageAddress.Show(url)} cannot go on at byte {offset}; beginning anew", isTransient: true);
            default:
                throw ImageHttp.Refused(url, response.StatusCode);
        }

        var total = offset > 0 ? response.Content.Headers.ContentRange!.Length : response.Content.Headers.ContentLength;
        if (total is null && !digestKnown && response is { Version.Major: 1, Headers.TransferEncodingChunked: not true })
            throw new ImageHttpException($"{ImageAddress.Show(url)} does not say how long the file is, and no digest would tell a cut from the end", isTransient: false);
        await CopyAsync(url, response, offset, new PartOrigin(url.AbsoluteUri, Validator(response), total), cancellation);
    }

    private static bool GoesOn(ContentRangeHeaderValue? range, long offset, long? total) =>
        range is { Unit: "bytes", From: { } from, Length: { } length } && from == offset && (total is null || length == total);

    /// <summary>A weak tag means "much the same", which is not enough to join two halves.</summary>
    private static string? Validator(HttpResponseMessage response) =>
        response.Headers.ETag is { IsWeak: false } tag ? tag.Tag : response.Headers.ETag is null ? response.Content.Headers.LastModified?.ToString("R") : null;

    private async Task CopyAsync(Uri url, HttpResponseMessage response, long offset, PartOrigin origin, CancellationToken cancellation)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellation);
        await using var file = part.OpenAt(offset, origin);
        var buffer = new byte[BufferBytes];
        int got;
        while ((got = await http.ReadAsync(url, body, buffer, cancellation)) > 0)
        {
            if (origin.TotalBytes is { } most && offset + got > most)
                throw new ImageHttpException($"{ImageAddress.Show(url)} sends more than the {most} bytes it announced", isTransient: false);
            await file.WriteAsync(buffer.AsMemory(0, got), cancellation);
            report(new DownloadProgress(offset += got, origin.TotalBytes));
        }

        if (origin.TotalBytes is { } total && offset < total)
            throw new ImageHttpException($"{ImageAddress.Show(url)} broke off after {offset} of {total} bytes", isTransient: true);
        await file.FlushAsync(cancellation);
    }

    private async Task<string> HashAsync(CancellationToken cancellation)
    {
        await using var stream = new FileStream(part.Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.Asynchronous);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation));
    }
}
