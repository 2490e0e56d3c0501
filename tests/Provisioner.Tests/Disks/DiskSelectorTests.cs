using Kronform.Provision.Cluster;
using Kronform.Provision.Disks;
using Kronform.Provision.Disks.Cel;
using Kronform.Provision.Protocol;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Disks.Samples;

namespace Kronform.Provision.Provisioner.Tests.Disks;

public sealed class DiskSelectorTests
{
    /// <summary>The disk of Talos's own matcher tests up to 1.8.</summary>
    private static readonly BlockDevice Wdc = Hdd("X") with
    {
        Model = "WDC  WDS100T2B0B",
        Wwn = "naa.5044cca67bddsd",
        Uuid = "fake-uuid-string-whatever",
        BusPath = "/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0",
        Modalias = "scsi:t-0x00",
    };

    [Theory]
    [InlineData("model", "WDC*", true)]
    [InlineData("model", "WDC*100*", true)]
    [InlineData("model", "*WDC*", true)]
    [InlineData("model", "WDC*101*", false)]
    [InlineData("wwid", "naa.5044cca67bddsd", true)]
    [InlineData("wwid", "naa.5044cca67bdds", false)]
    [InlineData("uuid", "fake-uuid-string-whatever", true)]
    [InlineData("busPath", "/pci0000:00/*", true)]
    [InlineData("busPath", "/pci0000:01/*", false)]
    [InlineData("serial", "X", true)]
    [InlineData("modalias", "scsi:*", true)]
    public void Patterns_match_as_in_Talos_1_8_and_in_later_releases(string field, string pattern, bool expected)
    {
        foreach (var version in new[] { "v1.8.4", "v1.9.0", "v1.13.9" })
            Assert.Equal(expected, Choose(Selector(version, (field, pattern)), Wdc).Chosen is not null);
    }

    /// <summary>Talos's own table of translations from 1.9 on.</summary>
    public static TheoryData<(string, string)[], string> Translations { get; } = new()
    {
        { [("size", "<= 256KiB")], "disk.size <= 262144u && disk.transport != \"\" && !disk.readonly && !disk.cdrom" },
        { [("size", "1MiB"), ("type", "nvme")], "disk.size == 1048576u && disk.transport != \"\" && disk.transport == \"nvme\" && !disk.readonly && !disk.cdrom" },
        { [("type", "hdd"), ("modalias", "pci:1234:5678*"), ("size", "1MiB")], "disk.size == 1048576u && glob(\"pci:1234:5678*\", disk.modalias) && disk.transport != \"\" && disk.rotational && !disk.readonly && !disk.cdrom" },
        { [("type", "ssd")], "disk.transport != \"\" && !disk.rotational && !disk.readonly && !disk.cdrom" },
        { [("busPath", "/pci-0000:00:1f.2/*")], "disk.transport != \"\" && glob(\"/pci-0000:00:1f.2/*\", disk.bus_path) && !disk.readonly && !disk.cdrom" },
        { [("uuid", "0000-0001-*")], "glob(\"0000-0001-*\", disk.uuid) && disk.transport != \"\" && !disk.readonly && !disk.cdrom" },
        { [("type", "sd")], "disk.transport != \"\" && disk.transport == \"mmc\" && !disk.readonly && !disk.cdrom" },
    };

    [Theory]
    [MemberData(nameof(Translations))]
    public void From_1_9_on_the_conditions_are_those_of_the_translated_expression((string, string)[] fields, string expected) =>
        Assert.Equal(expected, DiskSelector.ToCel(Selector("v1.9.0", fields).Predicates));

    /// <summary>siderolabs/talos #12370: ssd came to include NVMe with 1.9.</summary>
    [Theory]
    [InlineData("v1.8.4", "ssd", false, true, false)]
    [InlineData("v1.9.0", "ssd", true, true, false)]
    [InlineData("v1.8.4", "nvme", true, false, false)]
    [InlineData("v1.9.0", "nvme", true, false, false)]
    [InlineData("v1.8.4", "hdd", false, false, true)]
    [InlineData("v1.9.0", "hdd", false, false, true)]
    [InlineData("v1.9.0", "sd", false, false, false)]
    public void Types_mean_what_the_release_means(string version, string type, bool nvme, bool sata, bool hdd)
    {
        var criteria = Selector(version, ("type", type));
        Assert.Equal(nvme, Choose(criteria, Nvme("N1")).Chosen is not null);
        Assert.Equal(sata, Choose(criteria, Hdd("S1") with { Rotational = false }).Chosen is not null);
        Assert.Equal(hdd, Choose(criteria, Hdd("H1")).Chosen is not null);
    }

    /// <summary>The same selectors against disks that meet the translated expression and disks that miss one term of it.</summary>
    public static TheoryData<(string, string)[], BlockDevice, bool> Evaluations { get; } = new()
    {
        { [("size", "<= 256KiB")], Nvme("S", size: 262144), true },
        { [("size", "<= 256KiB")], Nvme("S", size: 262145), false },
        { [("size", "1MiB"), ("type", "nvme")], Nvme("S", size: 1048576), true },
        { [("size", "1MiB"), ("type", "nvme")], Hdd("S", size: 1048576), false },
        { [("size", "1MiB"), ("modalias", "pci:1234:5678*"), ("type", "hdd")], Hdd("S", size: 1048576) with { Modalias = "pci:1234:5678:x" }, true },
        { [("size", "1MiB"), ("modalias", "pci:1234:5678*"), ("type", "hdd")], Hdd("S", size: 1048576) with { Modalias = "pci:1234:5679" }, false },
        { [("type", "ssd")], Hdd("S") with { Rotational = false }, true },
        { [("type", "ssd")], Hdd("S") with { Rotational = false, ReadOnly = true }, false },
        { [("type", "ssd")], Hdd("S") with { Rotational = false, Transport = null }, false },
        { [("type", "sd")], Hdd("S") with { Transport = "mmc" }, true },
        { [("busPath", "/pci-0000:00:1f.2/*")], Hdd("S") with { BusPath = "/pci-0000:00:1f.2/ata1" }, true },
        { [("busPath", "/pci-0000:00:1f.2/*")], Hdd("S") with { BusPath = "/pci-0000:00:1f.3/ata1" }, false },
        { [("uuid", "0000-0001-*")], Hdd("S") with { Uuid = "0000-0001-0002" }, true },
        { [("uuid", "0000-0001-*")], Hdd("S") with { Uuid = "0000-0002-0001" }, false },
    };

    [Theory]
    [MemberData(nameof(Evaluations))]
    public void The_translated_expressions_mean_what_they_say((string, string)[] fields, BlockDevice disk, bool expected)
    {
        var predicates = Selector("v1.9.0", fields).Predicates;
        Assert.Equal(expected, predicates.All(p => p.Test(new TalosDisk(disk))));
        // The product's own reading of the expression agrees with its reading of the fields.
        Assert.Equal(expected, DiskExpression.Conditions(DiskSelector.ToCel(predicates), CelScope.Install).All(p => p.Test(new TalosDisk(disk))));
    }

    [Fact]
    public void Up_to_1_8_a_read_only_disk_matches_and_only_the_guard_refuses_it()
    {
        var disk = Hdd("X") with { ReadOnly = true };
        Assert.Equal(VerdictKind.Refused, Assert.Single(Choose(Selector("v1.8.4", ("serial", "X")), disk).Verdicts).Kind);
        Assert.Equal(VerdictKind.NotMatched, Assert.Single(Choose(Selector("v1.9.0", ("serial", "X")), disk).Verdicts).Kind);
    }

    [Fact]
    public void A_disk_without_transport_is_none_for_Talos_from_1_9_on()
    {
        var disk = Hdd("X") with { Transport = null };
        Assert.Equal("serial", Choose(Selector("v1.8.4", ("serial", "X")), disk).Chosen?.Serial is null ? "none" : "serial");
        var plan = Choose(Selector("v1.9.0", ("serial", "X")), disk);
        Assert.Equal("not selected, Talos's own condition on the transport fails: the disk has none", Assert.Single(plan.Verdicts).Sentence);
    }

    [Theory]
    [InlineData("v1.13.9", "size", "256 potatoes", "n4.yaml:13:7 machine.install.diskSelector.size: \"256 potatoes\" is not a size condition; write one like <= 1TB, in quotes when it begins with >")]
    [InlineData("v1.13.9", "type", "flash", "n4.yaml:13:7 machine.install.diskSelector.type: \"flash\" is not a disk type; write ssd, hdd, nvme or sd")]
    [InlineData("v1.13.9", "name", "sda", "n4.yaml:13:7 machine.install.diskSelector.name: is refused by Talos 1.9 and later; select by serial or wwid")]
    [InlineData("v1.8.4", "name", "sda", "n4.yaml:13:7 machine.install.diskSelector.name: cannot be seen from the rescue system and is empty for most disks; select by serial or wwid")]
    [InlineData("v1.13.9", "seriel", "X", "n4.yaml:13:7 machine.install.diskSelector.seriel: is not a selector field; did you mean serial?")]
    public void A_field_that_means_nothing_is_an_error_with_its_place(string version, string field, string value, string expected) =>
        Assert.Equal(expected, Assert.Single(Assert.Throws<ConfigProblemsException>(() => Selector(version, (field, value))).Problems).ToString());

    [Theory]
    [InlineData("0x5002538C6003052D", "naa.5002538c6003052d")]
    [InlineData("0x6001405abc", "naa.6001405abc")]
    [InlineData("eui.0025388b01000001", "eui.0025388b01000001")]
    [InlineData("nvme.144d-5334-5341-00000001", "nvme.144d-5334-5341-00000001")]
    [InlineData(" naa.5002538c6003052d ", "naa.5002538c6003052d")]
    [InlineData(null, "")]
    public void The_rescue_systems_WWN_becomes_Talos_WWID(string? wwn, string expected) => Assert.Equal(expected, TalosDisk.WwidOf(wwn));

    [Theory]
    [InlineData("sata", "SAMSUNG_MZ7LM480HCHP-00003", "SAMSUNG MZ7LM480")]
    [InlineData("sata", "SAMSUNG MZ7LM480", "SAMSUNG MZ7LM480")]
    [InlineData("sata", "ST4000NM0024-1HT178", "ST4000NM0024-1HT")]
    [InlineData("nvme", "SAMSUNG_MZVLB512HBJQ-00000", "SAMSUNG MZVLB512HBJQ-00000")]
    [InlineData("nvme", "SAMSUNG MZQL23T8HCLS-00A07  ", "SAMSUNG MZQL23T8HCLS-00A07")]
    [InlineData("usb", "Micron_7450_", "Micron 7450")]
    public void Models_are_seen_as_the_kernel_gives_them_to_Talos(string transport, string model, string expected) =>
        Assert.Equal(expected, new TalosDisk(Hdd("X") with { Transport = transport, Model = model }).Model);
}
