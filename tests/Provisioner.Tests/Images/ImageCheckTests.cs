using Kronform.Provision.Cluster;
using Kronform.Provision.Images;
using Kronform.Provision.Images.Digests;
using Kronform.Provision.Provisioner.Tests.Images.Downloads;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Images;

public sealed class ImageCheckTests : IDisposable
{
    private static readonly string A = new('a', 64), B = new('b', 64);

    private readonly DownloadRig _rig = new();
    private readonly DigestRecords _records;

    public ImageCheckTests() => _records = new DigestRecords(_rig.Folder, _rig.Time);

    public void Dispose() => _rig.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Task<ImageCheckup> LookAsync(ImageReference reference, bool offline = false) =>
        new ImageCheck(_records, _rig.Http, _rig.Time).LookAsync(reference, offline, Token);

    private static ImageServer Mirror(string digest) => new((request, _) => request.Path.EndsWith(".txt", StringComparison.Ordinal)
        ? ImageAnswer.Text(200, $"{digest}  metal-amd64.raw.zst\n") : new ImageAnswer(200, []) { Length = 100 << 20 });

    private static ImageReference Release(ImageServer mirror) => new() { Talos = new TalosRelease(new TalosVersion(1, 13, 9), ImagePublisher.GitHub, Mirror: mirror.Url("")) };

    [Fact]
    public async Task A_release_is_shown_with_its_address_sizes_and_who_vouches_for_it()
    {
        await using var mirror = Mirror(A);
        var look = await LookAsync(Release(mirror));
        Assert.Equal($"{mirror.Url("v1.13.9/metal-amd64.raw.zst")}, 100 MiB (expands to 4247 MiB), sha256 aaaaaaaaaaaa… from the release's sha256sum.txt, downloaded by the server", look.Detail);
        Assert.Empty(look.Warnings);
        Assert.Equal(["HEAD", "GET"], mirror.Requests.Select(r => r.Method));
        Assert.False(File.Exists(_records.File));
    }

    [Fact]
    public async Task Offline_nobody_is_asked()
    {
        await using var mirror = Mirror(A);
        var look = await LookAsync(Release(mirror), offline: true);
        Assert.EndsWith("(expands to 4247 MiB), sha256 to be taken from the release's list, downloaded by the server", look.Detail);
        Assert.Empty(mirror.Requests);
    }

    [Fact]
    public async Task A_list_that_says_something_else_today_than_when_it_was_recorded_is_told()
    {
        await using var mirror = Mirror(B);
        await _records.AddAsync(mirror.Url("v1.13.9/metal-amd64.raw.zst"), new DigestRecord(A, "the release's sha256sum.txt", _rig.Time.GetUtcNow()), Token);
        var look = await LookAsync(Release(mirror));
        Assert.Equal($"the release's sha256sum.txt has the SHA-256 {B} for it, but {A} was recorded on 2026-09-08 12:00:00Z", Assert.Single(look.Warnings));

        Assert.Contains("is pinned in provision.yaml", Assert.Single((await LookAsync(Release(mirror) with { Sha256 = A })).Warnings));
    }

    [Fact]
    public async Task What_cannot_be_reached_from_here_is_a_warning_and_no_failure()
    {
        await using var server = new ImageServer((_, _) => ImageAnswer.Text(403, "no"));
        var look = await LookAsync(new ImageReference { Url = server.Url("x.zst?token=secret"), Sha256 = A, Delivery = ImageDelivery.Push });
        Assert.Equal($"{server.Url("x.zst")} answered 403 Forbidden; the server may still reach it", Assert.Single(look.Warnings));
        Assert.Equal($"{server.Url("x.zst")}, sha256 aaaaaaaaaaaa… from provision.yaml, downloaded here and sent to the server", look.Detail);
    }

    [Fact]
    public async Task Why_it_cannot_be_reached_is_told_too()
    {
        Uri gone;
        await using (var server = new ImageServer((_, _) => ImageAnswer.Text(200, ""))) gone = server.Url("x.zst");
        var look = await LookAsync(new ImageReference { Url = gone, Sha256 = A });
        Assert.Contains("could not be read (Connection refused", Assert.Single(look.Warnings));
    }

    [Fact]
    public async Task Mirrors_with_files_of_another_length_are_told()
    {
        await using var one = new ImageServer((_, _) => new ImageAnswer(200, []) { Length = 5 << 20 });
        await using var other = new ImageServer((_, _) => new ImageAnswer(200, []) { Length = 6 << 20 });
        var look = await LookAsync(new ImageReference { Url = one.Url("x"), Mirrors = [other.Url("x")] });
        Assert.Contains("files of different lengths (5242880, 6291456 bytes)", Assert.Single(look.Warnings));
        Assert.Contains("sha256 to be recorded at the first download", look.Detail);
    }
}
