using Kronform.Provision.Cluster;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Cluster.ProvisionYaml;

namespace Kronform.Provision.Provisioner.Tests.Cluster;

public sealed class ImageSectionTests
{
    private const string Id = "9cba8e32753f91a16c1837ab8abf356af021706ef284aef07380780177d9a06c";

    /// <summary>The good file with another image section; each line is indented.</summary>
    private static string Image(string lines) => With(
        $"  url: https://github.com/siderolabs/talos/releases/download/v1.13.9/metal-amd64.raw.zst\n  sha256: {Digest}",
        string.Join('\n', lines.Split('\n').Select(line => "  " + line)));

    [Fact]
    public void A_source_alone_means_the_release_of_the_cluster()
    {
        Assert.Equal(new TalosRelease(new TalosVersion(1, 13, 9), ImagePublisher.GitHub), Parse(Image("source: github")).Image.Talos);
        Assert.Equal(new TalosRelease(new TalosVersion(1, 13, 9), ImagePublisher.Factory), Parse(Image("source: factory")).Image.Talos);
        Assert.Equal(new TalosVersion(1, 13, 2), Parse(Image("talos: v1.13.2")).Image.Talos!.Version);
    }

    [Fact]
    public void A_schematic_means_the_factory_and_is_an_id_a_file_or_itself()
    {
        var byId = Parse(Image($"schematic: {Id.ToUpperInvariant()}")).Image.Talos!;
        Assert.Equal((ImagePublisher.Factory, Id), (byId.Publisher, byId.Schematic!.Id));
        Assert.Equal("etc/s.yaml", ClusterFile.Parse(Image("schematic: { file: s.yaml }"), "etc/provision.yaml").Image.Talos!.Schematic!.File);
        Assert.Equal(Id, Parse(Image("schematic:\n  customization: { extraKernelArgs: [noapic, nolapic] }")).Image.Talos!.Schematic!.Inline!.Id);
    }

    [Fact]
    public void An_address_may_have_mirrors_a_way_of_delivery_and_no_digest()
    {
        var image = Parse(Image("url: https://a.example/x.zst\nmirrors: [https://b.example/x.zst, http://c.example/x.zst]\nsha256: " + Digest + "\ndelivery: push")).Image;
        Assert.Equal(["https://b.example/x.zst", "http://c.example/x.zst"], image.Mirrors.Select(m => m.AbsoluteUri));
        Assert.Equal((ImageDelivery.Push, Digest), (image.Delivery, image.Sha256));
        Assert.Null(Parse(Image("url: https://a.example/x.zst")).Image.Sha256);
        Assert.Null(Parse(Image("url: http://127.0.0.1:8080/x.zst")).Image.Sha256);
    }

    [Theory]
    [InlineData("talos: v1.12.1", "provision.yaml:11:3 image.talos: is v1.12.1, but cluster.talosVersion is v1.13.9; write the image's release into cluster.talosVersion and leave this key out")]
    [InlineData("talos: latest", "provision.yaml:11:3 image.talos: \"latest\" is not a Talos version; write a release like v1.13.9, or leave the key out to use cluster.talosVersion")]
    [InlineData("source: gitlab", "provision.yaml:11:3 image.source: \"gitlab\" is no source of images; write github or factory")]
    [InlineData($"source: github\nschematic: {Id}", "provision.yaml:11:3 image.source: is github, which has no images with a schematic; write factory, or drop schematic")]
    [InlineData("schematic: abc", "provision.yaml:11:3 image.schematic: \"abc\" is not a schematic's id (3 characters); write a schematic's 64-digit id, { file: path }, or the schematic itself (customization: …)")]
    [InlineData("schematic: { file: s.yaml, customization: {} }", "provision.yaml:11:30 image.schematic.customization: stands beside file; keep one of the two")]
    [InlineData("schematic: { customization: { extraKernelArg: [a] } }", "provision.yaml:11:33 image.schematic.customization.extraKernelArg: is not a known key; did you mean extraKernelArgs?")]
    [InlineData("architecture: arm64", "provision.yaml:11:3 image.architecture: is arm64, and the rescue agent is built for amd64 only; leave the key out")]
    [InlineData("architecture: riscv", "provision.yaml:11:3 image.architecture: \"riscv\" is no architecture of Talos; write amd64, or leave the key out")]
    [InlineData("source: github\nmirror: http://lan.example/talos", "provision.yaml:12:3 image.mirror: is plain http, and no sha256 says what must come from there; write sha256, or an https address")]
    [InlineData("source: github\nmirror: https://lan.example/?a=b", "provision.yaml:12:3 image.mirror: has a query or fragment, so no path can be appended; write the base address under which the publisher's paths lie")]
    [InlineData("url: http://a.example/x.zst", "provision.yaml:11:3 image.url: is plain http, and no sha256 says what must come from there; write sha256, or an https address")]
    [InlineData("url: https://a.example/x.zst\nmirrors: [http://b.example/x.zst]", "provision.yaml:12:3 image.mirrors: is plain http, and no sha256 says what must come from there; write sha256, or an https address")]
    [InlineData("url: https://a.example/x.zst\nmirrors: https://b.example/x.zst", "provision.yaml:12:3 image.mirrors: is no list; write a list of addresses of the same file")]
    [InlineData("url: https://a.example/x.zst\nmirrors: [nonsense]", "provision.yaml:12:3 image.mirrors: entry 1 is not an http address without user name; write a list of addresses of the same file")]
    [InlineData("source: github\nmirrors: [https://b.example/x.zst]", "provision.yaml:12:3 image.mirrors: stands without url; write mirror: the base address of one, or url")]
    [InlineData("url: https://me:geheim@a.example/x.zst", "provision.yaml:11:3 image.url: holds a user name or password; secrets do not belong into this file; use an address that needs none, or file")]
    [InlineData("url: https://a.example/x.zst\ntalos: v1.13.9", "provision.yaml:12:3 image.talos: contradicts url; it belongs to an image named by its Talos release; drop it or url")]
    [InlineData("file: x.zst\nsha256: " + Digest + "\ndelivery: pull", "provision.yaml:13:3 image.delivery: is pull, but the server cannot reach a file here; write push, or url instead of file")]
    [InlineData("source: github\ndelivery: pigeon", "provision.yaml:12:3 image.delivery: \"pigeon\" is no way of delivery; write auto, pull or push")]
    public void Each_fault_is_one_line_with_place_field_and_remedy(string lines, string expected)
    {
        var error = Refusal(Image(lines));
        Assert.Equal([expected], error.Problems.Select(p => p.ToString()));
        Assert.DoesNotContain("geheim", error.ToString());
    }

    [Fact]
    public void A_release_older_than_the_agent_can_write_is_refused() =>
        Assert.Equal("provision.yaml:10:1 image.talos: v1.3.7 is older than v1.4, whose image is not known here; choose a newer release, or name the image by url or file",
            Assert.Single(Refusal(Image("source: github").Replace("v1.13.9", "v1.3.7", StringComparison.Ordinal)).Problems).ToString());
}
