using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.Schematics;
using Kronform.Provision.Images.Catalogue;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Images.Catalogue;

public sealed class ImageCatalogueTests
{
    private static TalosVersion Version(string text) => TalosVersion.TryParse(text)!;

    public static TheoryData<string, string, long> Releases { get; } = new()
    {
        { "v1.4.8", "metal-amd64.tar.gz", 1306525696 },
        { "v1.5.6", "metal-amd64.raw.xz", 1306525696 },
        { "v1.6.8", "metal-amd64.raw.xz", 1306525696 },
        { "v1.7.7", "metal-amd64.raw.xz", 1306525696 },
        { "v1.8.4", "metal-amd64.raw.zst", 1306525696 },
        { "v1.9.6", "metal-amd64.raw.zst", 1306525696 },
        { "v1.10.9", "metal-amd64.raw.zst", 2356150272 },
        { "v1.11.6", "metal-amd64.raw.zst", 4453302272 },
        { "v1.12.11", "metal-amd64.raw.zst", 4453302272 },
        { "v1.13.9", "metal-amd64.raw.zst", 4453302272 },
        { "v1.14.0-rc.1", "metal-amd64.raw.zst", 4453302272 },
    };

    [Theory]
    [MemberData(nameof(Releases))]
    public void Every_minor_has_its_asset_address_list_and_expected_size(string version, string asset, long expanded)
    {
        var image = ImageCatalogue.OfRelease(Version(version), "amd64");

        Assert.Equal(asset, image.AssetName);
        Assert.Equal($"https://github.com/siderolabs/talos/releases/download/{version}/{asset}", image.Url.AbsoluteUri);
        Assert.Equal($"https://github.com/siderolabs/talos/releases/download/{version}/sha256sum.txt", image.Checksums!.AbsoluteUri);
        Assert.Equal((expanded, 512), (image.ExpectedBytes, image.SectorBytes));
    }

    [Theory]
    [InlineData("v1.4.8", "raw.xz")]
    [InlineData("v1.7.7", "raw.xz")]
    [InlineData("v1.8.4", "raw.zst")]
    [InlineData("v1.14.0-rc.1", "raw.zst")]
    public void The_factory_has_the_same_release_under_its_schematic_and_no_list(string version, string packing)
    {
        var image = ImageCatalogue.OfFactory(Version(version), "amd64", Schematic.Default.Id, Schematic.Default);

        Assert.Equal($"https://factory.talos.dev/image/{Schematic.Default.Id}/{version}/metal-amd64.{packing}", image.Url.AbsoluteUri);
        Assert.Null(image.Checksums);
        Assert.Equal(ImageCatalogue.OfRelease(Version(version), "amd64").ExpectedBytes, image.ExpectedBytes);
    }

    [Fact]
    public void What_a_schematic_changes_about_the_size_is_not_guessed()
    {
        var grub = Schematic.Default with { Bootloader = "grub" };
        Assert.Null(ImageCatalogue.OfFactory(Version("v1.13.9"), "amd64", grub.Id, grub).ExpectedBytes);
        Assert.Null(ImageCatalogue.OfFactory(Version("v1.13.9"), "amd64", grub.Id, schematic: null).ExpectedBytes);

        var large = Schematic.Default with { SectorBytes = 4096 };
        Assert.Equal(4096, ImageCatalogue.OfFactory(Version("v1.14.0"), "amd64", large.Id, large).SectorBytes);
    }

    [Theory]
    [InlineData("v1.10.9", null)]
    [InlineData("v1.11.6", 2355101696L)]
    public void The_other_architecture_has_another_size_where_one_is_known(string version, long? expanded)
    {
        var image = ImageCatalogue.OfRelease(Version(version), "arm64");
        Assert.Equal(("metal-arm64.raw.zst", expanded), (image.AssetName, image.ExpectedBytes));
    }

    [Theory]
    [InlineData("https://mirror.example/talos")]
    [InlineData("https://mirror.example/talos/")]
    public void A_mirror_takes_the_publishers_place(string mirror)
    {
        var image = ImageCatalogue.OfRelease(Version("v1.13.9"), "amd64", new Uri(mirror));
        Assert.Equal("https://mirror.example/talos/v1.13.9/metal-amd64.raw.zst", image.Url.AbsoluteUri);
        Assert.Equal("https://mirror.example/talos/v1.13.9/sha256sum.txt", image.Checksums!.AbsoluteUri);
        Assert.StartsWith("https://mirror.example/talos/image/", ImageCatalogue.OfFactory(Version("v1.13.9"), "amd64", "ab", null, new Uri(mirror)).Url.AbsoluteUri);
    }

    [Theory]
    [InlineData("https://github.com/siderolabs/talos/releases/download/v1.13.9/metal-amd64.raw.zst", true)]
    [InlineData("https://github.com/somebody/else/releases/download/v1.13.9/metal-amd64.raw.zst", false)]
    [InlineData("https://example.com/v1.13.9/metal-amd64.raw.zst", false)]
    [InlineData("http://github.com/siderolabs/talos/releases/download/v1.13.9/metal-amd64.raw.zst", false)]
    public void Only_Talos_own_releases_are_known_to_have_a_list_beside_them(string url, bool has) =>
        Assert.Equal(has ? "https://github.com/siderolabs/talos/releases/download/v1.13.9/sha256sum.txt" : null, ImageCatalogue.ChecksumsBeside(new Uri(url))?.AbsoluteUri);
}
