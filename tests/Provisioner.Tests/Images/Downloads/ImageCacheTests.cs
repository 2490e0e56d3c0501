using System.Diagnostics;
using Kronform.Provision.Failures;
using Kronform.Provision.Images.Downloads;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Images.Downloads.DownloadRig;

namespace Kronform.Provision.Provisioner.Tests.Images.Downloads;

public sealed class ImageCacheTests : IDisposable
{
    private static readonly byte[] Image = Content(300_000);

    private readonly DownloadRig _rig = new();

    public void Dispose() => _rig.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ImageServer Serving(byte[] content) => new((request, _) => ImageServer.Serve(request, content));

    [Fact]
    public async Task What_is_here_is_not_downloaded_again()
    {
        await using var server = Serving(Image);
        await _rig.GetAsync(server.Url("x.zst"), Sha256(Image));
        var again = await _rig.GetAsync(server.Url("other-name.zst"), Sha256(Image));

        Assert.Single(server.Requests);
        Assert.Equal(Path.Combine(_rig.CacheFolder, Sha256(Image)), again.Path);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(again.Path));
    }

    [Fact]
    public async Task A_damaged_file_is_noticed_and_downloaded_again()
    {
        await using var server = Serving(Image);
        var cached = await _rig.GetAsync(server.Url("x.zst"), Sha256(Image));
        await using (var file = File.OpenWrite(cached.Path)) file.WriteByte((byte)(Image[0] ^ 1));

        await _rig.GetAsync(server.Url("x.zst"), Sha256(Image));
        Assert.Equal(2, server.Requests.Count);
        Assert.Equal(Image, await File.ReadAllBytesAsync(cached.Path, Token));
    }

    [Fact]
    public async Task Several_at_once_share_one_download()
    {
        await using var server = Serving(Image);
        var address = new Provision.Images.ImageAddress { Url = server.Url("x.zst") };
        var all = Enumerable.Range(0, 4).Select(_ => _rig.StartAsync(address, Sha256(Image), Token, _rig.NewCache())).ToList();

        var images = await _rig.RunAsync(Task.WhenAll(all));
        Assert.Single(server.Requests);
        Assert.Single(images.Distinct());
    }

    [Fact]
    public async Task Another_process_that_downloads_is_waited_for()
    {
        await using var server = Serving(Image);
        var url = server.Url("x.zst");
        await _rig.GetAsync(url, Sha256(Image));
        var lockFile = Assert.Single(Directory.GetFiles(_rig.CacheFolder, "*.lock"));
        File.Delete(Path.Combine(_rig.CacheFolder, Sha256(Image)));

        // flock(1) holds the lock until its standard input ends.
        using var holder = Process.Start(new ProcessStartInfo("flock", [lockFile, "sh", "-c", "echo held; cat"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Assert.Equal("held", await holder.StandardOutput.ReadLineAsync(Token));
        _rig.Progress.Clear();
        var work = _rig.StartAsync(new() { Url = url }, Sha256(Image), Token);
        await _rig.Time.TimersSetAsync(1, Token);
        Assert.Equal([null], _rig.Progress);
        Assert.False(work.IsCompleted);

        // It brings the file itself: nobody asks the server again.
        await File.WriteAllBytesAsync(Path.Combine(_rig.CacheFolder, Sha256(Image)), Image, Token);
        holder.StandardInput.Close();
        await holder.WaitForExitAsync(Token);
        await _rig.RunAsync(work);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Without_a_digest_a_part_of_an_earlier_process_is_not_trusted()
    {
        await using var server = new ImageServer((request, n) => ImageServer.Serve(request, Image) with { CutAfter = n < 6 ? 1000 : null });
        Assert.Equal(FailureCode.ImageUnavailable, (await _rig.FailAsync(server.Url("x.zst"), Sha256(Image))).Code);
        Assert.Equal(Sha256(Image), (await _rig.GetAsync(server.Url("x.zst"), null)).Sha256);
        Assert.Null(server.Requests.Last().Range);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_used_has_a_code_of_its_own()
    {
        var file = Path.Combine(_rig.Folder, "file");
        await File.WriteAllTextAsync(file, "", Token);
        var cache = new ImageCache(Path.Combine(file, "images"), _rig.Http, _rig.Time);
        var error = await Assert.ThrowsAsync<ProvisionException>(() => _rig.StartAsync(new() { Url = new Uri("http://127.0.0.1:1/") }, null, Token, cache));
        Assert.Equal(FailureCode.ImageCache, error.Code);
        Assert.NotNull(error.InnerException);
    }

    [Fact]
    public void The_default_folder_belongs_to_this_program() => Assert.EndsWith("/kronform-provision/images", ImageCache.DefaultFolder());
}
