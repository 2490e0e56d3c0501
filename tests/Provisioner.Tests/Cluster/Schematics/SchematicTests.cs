using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.Schematics;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Cluster.Schematics;

/// <summary>Ids that the Image Factory's own code gives (its tests, its documentation, and those of programs that compare with it).</summary>
public sealed class SchematicTests
{
    private const string DefaultId = "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba";

    public static TheoryData<string, string> Ids { get; } = new()
    {
        { "customization: {}", DefaultId },
        { "{}", DefaultId },
        { "{\"customization\": {\"extraKernelArgs\": [], \"systemExtensions\": {}, \"meta\": []}}", DefaultId },
        { "customization: { bootloader: none }", DefaultId },
        { "customization: { extraKernelArgs: [noapic, nolapic] }", "9cba8e32753f91a16c1837ab8abf356af021706ef284aef07380780177d9a06c" },
        { "customization: { meta: [{ key: 10, value: foo }] }", "d308a2a5ee2277bed5fbaa104fcbc8d59122abfa737df987a95b4ca763459a7f" },
        { "customization: { meta: [{ key: 0x0a, value: foo }] }", "d308a2a5ee2277bed5fbaa104fcbc8d59122abfa737df987a95b4ca763459a7f" },
        { "customization: { secureboot: { includeWellKnownCertificates: true } }", "fa8e05f142a851d3ee568eb0a8e5841eaf6b0ebc8df9a63df16ac5ed2c04f3e6" },
        { "customization: { diskImage: { sectorSize: 4096 } }", "92833e9ddd9bb9e11b2464fa5525429f01866306d52ebd882ee08d7918f6d1ea" },
        { "customization: { systemExtensions: { officialExtensions: [siderolabs/qemu-guest-agent] } }", "ce4c980550dd2ab1b17bbf2b08801c7eb59418eafe8f279833297925d67c7515" },
        { "overlay: { name: rpi_generic, image: siderolabs/sbc-raspberrypi }", "ee21ef4a5ef808a9b7484cc0dda0f25075021691c8c09a276591eedb638ea1f9" },
        { "customization: { systemExtensions: { officialExtensions: [siderolabs/drbd, siderolabs/gvisor, siderolabs/iscsi-tools] } }", "079113ce0508c2b803971ea6cce43fc95c10eff57a123699b5c76fdc773132ae" },
        { "customization: { extraKernelArgs: [vga=791, net.ifnames=0], meta: [{ key: 10, value: '{}' }] }", "c7d733c8a404203329b512d19b2f5cfa18b364e5d832fc78dd15767c1feffd4c" },
        { "customization:\n  embeddedMachineConfiguration: |\n    apiVersion: v1alpha1\n    kind: HostnameConfig\n    hostname: x\n", "9ac3dc5caac49e82fbbec38c43da76931796494729505840e038aea736ac46f1" },
        { "customization: { bootloader: sd-boot }", "9ed5fecdacb36b5c5427b87d409f1065cfb2df69b0f71c58b868d9d466d8dab3" },
        { "customization: { bootloader: grub }", "39d496b2cbdb6265d3b714514c5334bf010f1b4d31b23b9e38c80fb2f3ad7ecb" },
        { "customization: { bootloader: dual-boot }", "43a1a6104d8dcd6547983f4ed13abb6f5e8a1b2fdad796c69e7db6e95d122884" },
        {
            "overlay:\n  image: siderolabs/sbc-raspberrypi\n  name: rpi_generic\n  options:\n    configTxtAppend: dtoverlay=disable-bt\n"
            + "customization:\n  extraKernelArgs: [console=ttyS0, net.ifnames=0]\n  meta:\n    - key: 12\n      value: '{\"a\":1}'\n"
            + "  systemExtensions:\n    officialExtensions: [siderolabs/iscsi-tools, siderolabs/drbd]\n  bootloader: grub\n"
            + "  secureboot:\n    enrollKeys: force\n    includeWellKnownCertificates: true\n  diskImage:\n    sectorSize: 4096\n",
            "95fda781b9dfb0c0dda9d34bade4de002c3f64665d3e73674a2b1768babd2ef9"
        },
    };

    [Theory]
    [MemberData(nameof(Ids))]
    public void The_id_is_the_one_the_Image_Factory_computes(string yaml, string id) => Assert.Equal(id, SchematicFile.Parse(yaml, "s.yaml").Id);

    [Fact]
    public void A_META_value_of_several_lines_stands_as_a_block_two_levels_deeper_than_its_list()
    {
        var schematic = SchematicFile.Parse("customization:\n  meta:\n    - key: 0xa\n      value: |\n        addresses:\n          - address: 10.0.0.2/24\n\n        links: []\n", "s.yaml");
        Assert.Equal("customization:\n    meta:\n        - key: 10\n          value: |\n            addresses:\n              - address: 10.0.0.2/24\n\n            links: []\n", schematic.CanonicalYaml);
    }

    [Theory]
    [InlineData("customisation: {}", "s.yaml:1:1 customisation: is not a known key; did you mean customization?")]
    [InlineData("owner: me\ncustomization: {}", "s.yaml:1:1 owner: is not a known key; known here: customization, overlay")]
    [InlineData("customization: { systemExtension: { officialExtensions: [a] } }", "s.yaml:1:18 customization.systemExtension: is not a known key; did you mean systemExtensions?")]
    [InlineData("customization:\n  extraKernelArgs: [a, \"b\\tc\"]", "s.yaml:2:24 customization.extraKernelArgs[1]: holds tabs or other characters than plain ASCII, so the schematic's id is not certain; correct it, or create the schematic at the Image Factory and write its 64-digit id instead")]
    [InlineData("customization: { extraKernelArgs: [2026-01-01] }", "s.yaml:1:36 customization.extraKernelArgs[0]: may be taken for a number or a date, so the schematic's id is not certain; correct it, or create the schematic at the Image Factory and write its 64-digit id instead")]
    [InlineData("customization: { extraKernelArgs: noapic }", "s.yaml:1:18 customization.extraKernelArgs: is no list; write a list")]
    [InlineData("customization: { bootloader: lilo }", "s.yaml:1:18 customization.bootloader: \"lilo\" is not known here; write none, sd-boot, grub, dual-boot, or the schematic's 64-digit id")]
    [InlineData("customization: { meta: [{ key: 256, value: a }] }", "s.yaml:1:27 customization.meta[0].key: \"256\" is no META key; write one from 0 to 255, like 10 or 0x0a")]
    [InlineData("overlay: { image: i, name: m, options: { a: yes } }", "s.yaml:1:42 overlay.options.a: may be a number or truth value of another spelling; put it into quotes")]
    [InlineData("overlay: { image: i, name: m, options: { a: [b] } }", "s.yaml:1:42 overlay.options.a: is no single value; correct it, or create the schematic at the Image Factory and write its 64-digit id instead")]
    [InlineData("- a", "s.yaml:1:1: the file is not one map of keys; write the schematic, like customization: {}")]
    public void What_would_make_the_id_uncertain_is_refused_with_its_place(string yaml, string expected) =>
        Assert.Equal(expected, Assert.Single(Assert.Throws<ConfigProblemsException>(() => SchematicFile.Parse(yaml, "s.yaml")).Problems).ToString());

    [Theory]
    [InlineData("talos.hostname=a b", "talos.hostname=a b")]
    [InlineData("a: b", "'a: b'")]
    [InlineData("it's #1", "'it''s #1'")]
    [InlineData("it's", "it's")]
    [InlineData("-a", "-a")]
    [InlineData("- a", "'- a'")]
    [InlineData("a,b[c]", "a,b[c]")]
    [InlineData("[c]", "'[c]'")]
    [InlineData("@a", "'@a'")]
    [InlineData("a:", "'a:'")]
    [InlineData("", "\"\"")]
    [InlineData("007", "\"007\"")]
    [InlineData("10.0.0.1", "10.0.0.1")]
    [InlineData("nO", "nO")]
    [InlineData("True", "\"True\"")]
    public void Texts_are_quoted_where_Go_quotes_them(string text, string expected)
    {
        Assert.Null(GoYamlText.Doubt(text, 10));
        Assert.Equal(expected, GoYamlText.Write(text, 0));
    }

    [Theory]
    [InlineData("0x1f")]
    [InlineData("1_000")]
    [InlineData("1e5")]
    [InlineData("12:30:00")]
    [InlineData(".inf")]
    [InlineData("2026-01-01")]
    [InlineData("on")]
    [InlineData("n")]
    [InlineData("<<")]
    [InlineData(" a")]
    [InlineData("a\n\n")]
    [InlineData("a \nb")]
    [InlineData("käse")]
    [InlineData("a text of many words that is so long that a writer with a line width would break it somewhere")]
    public void What_is_not_certain_is_doubted(string text) => Assert.NotNull(GoYamlText.Doubt(text, 10));
}
