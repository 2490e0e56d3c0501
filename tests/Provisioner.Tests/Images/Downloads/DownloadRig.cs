using System.Security.Cryptography;
using Kronform.Provision.Failures;
using Kronform.Provision.Images;
using Kronform.Provision.Images.Downloads;
using Kronform.Provision.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Images.Downloads;

/// <summary>A cache in a folder of its own, on a clock that runs ahead over pauses between attempts and over nothing longer.</summary>
internal sealed class DownloadRig : IDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    public DownloadRig()
    {
        Http = new ImageHttp(Time, NullLogger.Instance);
        Cache = NewCache();
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("downloads-").FullName;

    public ManualTime Time { get; } = new();

    public ImageHttp Http { get; }

    public ImageCache Cache { get; }

    public List<DownloadProgress?> Progress { get; } = [];

    public string CacheFolder => Path.Combine(Folder, "cache", "images");

    public string[] Files => [.. Directory.GetFiles(CacheFolder).Select(f => Path.GetFileName(f)!).Where(f => !f.EndsWith(".lock", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>As another process would have it.</summary>
    public ImageCache NewCache() => new(CacheFolder, Http, Time);

    /// <summary>Bytes that differ at every offset that matters.</summary>
    public static byte[] Content(int length, int seed = 1)
    {
        var content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    public Task<CachedImage> StartAsync(ImageAddress address, string? sha256, CancellationToken cancellation, ImageCache? cache = null) =>
        (cache ?? Cache).GetAsync(address, sha256, progress => { lock (Progress) Progress.Add(progress); }, cancellation);

    public Task<T> RunAsync<T>(Task<T> work) => Time.RunAsync(work, LongestPause, TestContext.Current.CancellationToken);

    public Task<CachedImage> GetAsync(Uri url, string? sha256, params Uri[] mirrors) =>
        RunAsync(StartAsync(new ImageAddress { Url = url, Mirrors = mirrors }, sha256, TestContext.Current.CancellationToken));

    public Task<ProvisionException> FailAsync(Uri url, string? sha256, params Uri[] mirrors) =>
        Assert.ThrowsAsync<ProvisionException>(() => GetAsync(url, sha256, mirrors));

    public void Dispose()
    {
        Http.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
