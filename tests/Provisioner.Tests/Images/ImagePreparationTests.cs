using System.Text;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.Schematics;
using Kronform.Provision.Failures;
using Kronform.Provision.Images;
using Kronform.Provision.Images.Digests;
using Kronform.Provision.Provisioner.Tests.Images.Downloads;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Images.Downloads.DownloadRig;

namespace Kronform.Provision.Provisioner.Tests.Images;

public sealed class ImagePreparationTests : IDisposable
{
    private static readonly byte[] Image = Raw(1);

    private readonly DownloadRig _rig = new();
    private readonly DigestRecords _records;

    public ImagePreparationTests() => _records = new DigestRecords(_rig.Folder, _rig.Time);

    public void Dispose() => _rig.Dispose();

    /// <summary>Enough of a disk image to be taken for one.</summary>
    private static byte[] Raw(int seed)
    {
        var image = Content(100_000, seed);
        "EFI PART"u8.CopyTo(image.AsSpan(512));
        return image;
    }

    private Task<ImageFile> PrepareAsync(ImageReference reference) => _rig.RunAsync(
        new ImagePreparation(_records, _rig.NewCache(), _rig.Http, _rig.Time, (_, _, _) => { }).PrepareAsync(reference, TestContext.Current.CancellationToken));

    private static ImageServer Serving(byte[] content) => new((request, _) => ImageServer.Serve(request, content));

    private static TalosRelease Release(ImageServer mirror, ImagePublisher publisher = ImagePublisher.GitHub, Schematic? schematic = null) =>
        new(new TalosVersion(1, 13, 9), publisher, schematic is null ? null : new SchematicChoice(Inline: schematic), mirror.Url(""));

    [Fact]
    public async Task A_pinned_address_is_left_to_the_server_with_its_mirrors_and_nobody_is_asked()
    {
        var image = await PrepareAsync(new ImageReference
        {
            Url = new Uri("https://a.invalid/x.zst?x=1"), Mirrors = [new Uri("https://b.invalid/x.zst")], Sha256 = new string('a', 64),
        });
        Assert.Equal(("http", "https://a.invalid/x.zst?x=1", new string('a', 64)), (image.Source.Kind, image.Source.Url, image.Source.Sha256));
        Assert.Equal(["https://b.invalid/x.zst"], image.Source.Mirrors);
        Assert.Empty(image.Warnings);
        Assert.False(File.Exists(_records.File));
    }

    [Fact]
    public async Task A_pinned_address_that_is_pushed_comes_through_the_cache()
    {
        await using var server = Serving(Image);
        var image = await PrepareAsync(new ImageReference { Url = server.Url("x"), Sha256 = Sha256(Image), Delivery = ImageDelivery.Push });
        Assert.Equal(("stdin", Sha256(Image), (long?)Image.Length, (long?)Image.Length), (image.Source.Kind, image.Source.Sha256, image.Source.LengthBytes, image.Source.ExpandedBytes));
        await using var content = image.OpenRead();
        Assert.Equal(Image.Length, content.Length);
    }

    [Fact]
    public async Task The_first_download_is_recorded_with_a_warning_and_believed_from_then_on()
    {
        await using var server = Serving(Image);
        var reference = new ImageReference { Url = server.Url("x") };
        var first = await PrepareAsync(reference);
        var second = await PrepareAsync(reference);

        Assert.Contains($"its SHA-256 {Sha256(Image)} was taken from this first download and recorded in {_records.File}", Assert.Single(first.Warnings));
        Assert.Empty(second.Warnings);
        Assert.Single(server.Requests);
        Assert.All([first, second], image => Assert.Equal(("http", Sha256(Image), (long?)Image.Length), (image.Source.Kind, image.Source.Sha256, image.Source.LengthBytes)));
        Assert.Equal("the first download", second.DigestSource);
    }

    [Fact]
    public async Task Another_content_than_the_recorded_one_is_refused_with_both_digests_and_the_way_out()
    {
        await using var server = new ImageServer((request, n) => ImageServer.Serve(request, Raw(n)));
        var reference = new ImageReference { Url = server.Url("x"), Delivery = ImageDelivery.Push };
        await PrepareAsync(reference);
        Directory.Delete(_rig.CacheFolder, recursive: true);

        var error = await Assert.ThrowsAsync<ProvisionException>(() => PrepareAsync(reference));
        Assert.Equal(FailureCode.ImageDigest, error.Code);
        Assert.Contains(Sha256(Raw(0)), error.Message);
        Assert.Contains(Sha256(Raw(1)), error.Message);
        Assert.Contains("recorded on", error.Message);
        Assert.Contains(_records.File, error.Remedy);
        Assert.Equal(Sha256(Raw(0)), _records.Find(reference.Url)!.Sha256);
    }

    [Fact]
    public async Task A_pin_outweighs_the_record_and_the_difference_is_told()
    {
        await using var server = Serving(Image);
        await PrepareAsync(new ImageReference { Url = server.Url("x") });
        var image = await PrepareAsync(new ImageReference { Url = server.Url("x"), Sha256 = new string('c', 64) });
        Assert.Equal(new string('c', 64), image.Source.Sha256);
        Assert.Contains("pins another digest", Assert.Single(image.Warnings));
    }

    [Fact]
    public async Task What_is_no_image_is_neither_recorded_nor_kept()
    {
        await using var server = Serving(Encoding.UTF8.GetBytes("<!DOCTYPE html><title>Sign in</title>"));
        var error = await Assert.ThrowsAsync<ProvisionException>(() => PrepareAsync(new ImageReference { Url = server.Url("x") }));
        Assert.Equal(FailureCode.ImageFormat, error.Code);
        Assert.Null(_records.Find(server.Url("x")));
        Assert.Empty(_rig.Files);
    }

    [Fact]
    public async Task A_release_is_held_to_its_own_list_which_is_asked_once()
    {
        var list = $"{Sha256(Image)}  metal-amd64.raw.zst\n";
        await using var mirror = new ImageServer((_, _) => ImageAnswer.Text(200, list));
        var reference = new ImageReference { Talos = Release(mirror) };
        var image = await PrepareAsync(reference);
        await PrepareAsync(reference);

        Assert.Equal("v1.13.9/sha256sum.txt", Assert.Single(mirror.Requests).Path);
        Assert.Equal(("http", mirror.Url("v1.13.9/metal-amd64.raw.zst").AbsoluteUri, Sha256(Image)), (image.Source.Kind, image.Source.Url, image.Source.Sha256));
        Assert.Equal(("the release's sha256sum.txt", (long?)4453302272L, (long?)null), (image.DigestSource, image.SizeBytes, image.Source.ExpandedBytes));
        Assert.Empty(image.Warnings);
    }

    [Theory]
    [InlineData(200, "nothing here")]
    [InlineData(404, "no")]
    [InlineData(503, "later")]
    public async Task Without_a_digest_in_the_list_a_release_is_not_used(int status, string list)
    {
        await using var mirror = new ImageServer((_, _) => ImageAnswer.Text(status, list));
        var error = await Assert.ThrowsAsync<ProvisionException>(() => PrepareAsync(new ImageReference { Talos = Release(mirror) }));
        Assert.Equal(FailureCode.ImageUnavailable, error.Code);
        Assert.Contains("image.sha256", error.Remedy);
        Assert.False(File.Exists(_records.File));
    }

    [Fact]
    public async Task A_schematic_is_made_known_to_the_factory_before_its_image_is_asked_for()
    {
        var schematic = Schematic.Default with { ExtraKernelArgs = ["noapic", "nolapic"] };
        await using var factory = new ImageServer((request, _) => request.Method == "POST"
            ? ImageAnswer.Text(201, $"{{\"id\":\"{schematic.Id}\"}}") : ImageServer.Serve(request, Image));
        var reference = new ImageReference { Talos = Release(factory, ImagePublisher.Factory, schematic), Delivery = ImageDelivery.Push };
        var image = await PrepareAsync(reference);
        await PrepareAsync(reference);

        Assert.Equal([("POST", "schematics"), ("GET", $"image/{schematic.Id}/v1.13.9/metal-amd64.raw.zst")], factory.Requests.Select(r => (r.Method, r.Path)));
        Assert.Equal(schematic.CanonicalYaml, factory.Requests.First().Body);
        Assert.Equal(2, image.Warnings.Count);
        Assert.Contains("the image expands to 100000 bytes, images of this release usually to 4453302272", image.Warnings[1]);
    }

    [Theory]
    [InlineData(201, "{\"id\":\"0000\"}", "gives the schematic the id 0000, computed here is ")]
    [InlineData(400, "unknown extension siderolabs/x", "refuses the schematic: unknown extension siderolabs/x")]
    public async Task A_factory_that_means_something_else_stops_the_run(int status, string answer, string expected)
    {
        await using var factory = new ImageServer((_, _) => ImageAnswer.Text(status, answer));
        var schematic = Schematic.Default with { ExtraKernelArgs = ["noapic"] };
        var error = await Assert.ThrowsAsync<ProvisionException>(() => PrepareAsync(new ImageReference { Talos = Release(factory, ImagePublisher.Factory, schematic) }));
        Assert.Equal(FailureCode.ImageSchematic, error.Code);
        Assert.Contains(expected, error.Message);
        Assert.Single(factory.Requests);
    }

    [Fact]
    public async Task A_factory_that_cannot_be_reached_is_only_a_warning_where_the_digest_is_pinned()
    {
        await using var factory = new ImageServer((_, _) => ImageAnswer.Text(502, "no"));
        var image = await PrepareAsync(new ImageReference { Talos = Release(factory, ImagePublisher.Factory, Schematic.Default with { ExtraKernelArgs = ["noapic"] }), Sha256 = new string('a', 64) });
        Assert.Contains("could not be made known to the Image Factory", Assert.Single(image.Warnings));
    }

    [Fact]
    public async Task A_schematic_for_sectors_that_cannot_be_written_is_refused_before_anybody_is_asked()
    {
        await using var factory = new ImageServer((_, _) => ImageAnswer.Text(500, ""));
        var error = await Assert.ThrowsAsync<ProvisionException>(() => PrepareAsync(new ImageReference { Talos = Release(factory, ImagePublisher.Factory, Schematic.Default with { SectorBytes = 4096 }) }));
        Assert.Equal(FailureCode.ImageFormat, error.Code);
        Assert.Empty(factory.Requests);
    }

    [Theory]
    [InlineData("https://example.com/metal-amd64.iso")]
    [InlineData("https://example.com/disk.qcow2")]
    [InlineData("https://example.com/metal-amd64-uki.efi")]
    public async Task Addresses_of_other_assets_are_refused(string url) =>
        Assert.Equal(FailureCode.ImageFormat, (await Assert.ThrowsAsync<ProvisionException>(() => PrepareAsync(new ImageReference { Url = new Uri(url) }))).Code);
}
