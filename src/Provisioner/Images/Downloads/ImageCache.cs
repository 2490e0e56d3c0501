using System.Security.Cryptography;
using System.Text;
using Kronform.Provision.Failures;
using Kronform.Provision.Files;

namespace Kronform.Provision.Images.Downloads;

/// <param name="Path">Of the complete file; its name is its digest.</param>
/// <param name="Sha256">Of the file, compared just now.</param>
public sealed record CachedImage(string Path, string Sha256);

/// <summary>
/// Downloaded images: <c>$XDG_CACHE_HOME/kronform-provision/images/</c>. A complete file is named by its digest, so that one
/// download serves every cluster that wants those bytes. Any of it may be deleted at any time.
/// </summary>
public sealed class ImageCache(string folder, ImageHttp http, TimeProvider time)
{
    public string Folder { get; } = folder;

    public static string DefaultFolder()
    {
        var home = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg ? xdg
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(home, "kronform-provision", "images");
    }

    /// <summary>
    /// The file, downloaded unless it is here. Whoever wants the same address at the same time, in this process or another, waits
    /// for the first and takes what it brought.
    /// </summary>
    /// <param name="address">Where to download from.</param>
    /// <param name="sha256">Null when nobody knows it yet: then it is always downloaded.</param>
    /// <param name="report">Progress, and null while another downloads.</param>
    /// <param name="cancellation">Leaves what has arrived for the next time.</param>
    /// <exception cref="ProvisionException"><see cref="FailureCode.ImageUnavailable"/>, <see cref="FailureCode.ImageDigest"/>,
    /// <see cref="FailureCode.ImageCache"/>.</exception>
    public async Task<CachedImage> GetAsync(ImageAddress address, string? sha256, Action<DownloadProgress?> report, CancellationToken cancellation)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(address.Url.AbsoluteUri)))[..16];
        try
        {
            Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (sha256 is not null && await FindAsync(sha256, cancellation) is { } here) return here;

            using var alone = await FileLock.TakeAsync(Path.Combine(Folder, name + ".lock"), time, () => report(null), cancellation);
            if (sha256 is not null && await FindAsync(sha256, cancellation) is { } brought) return brought;
            var part = new PartFile(Path.Combine(Folder, name + ".part"));
            var actual = await new ImageDownload(http, part, progress => report(progress)).RunAsync([.. address.All], sha256, cancellation);
            part.MoveTo(FileOf(actual));
            return new CachedImage(FileOf(actual), actual);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unusable(Folder, error);
        }
    }

    /// <summary>Takes out what turned out to be no image.</summary>
    public void Drop(string sha256) => File.Delete(FileOf(sha256));

    internal static ProvisionException Unusable(string place, Exception cause) => new(FailureCode.ImageCache,
        $"Keeping the image in {place}; nothing was touched", "Make room there, or choose another folder with XDG_CACHE_HOME.", cause);

    /// <summary>A file that is not what its name says is removed, so that it is downloaded again.</summary>
    private async Task<CachedImage?> FindAsync(string sha256, CancellationToken cancellation)
    {
        var path = FileOf(sha256);
        if (!File.Exists(path)) return null;
        await using (var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.Asynchronous))
        {
            if (Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation)) == sha256) return new CachedImage(path, sha256);
        }

        File.Delete(path);
        return null;
    }

    private string FileOf(string sha256) => Path.Combine(Folder, sha256);
}
