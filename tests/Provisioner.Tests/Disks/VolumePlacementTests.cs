using Kronform.Provision.Cluster;
using Kronform.Provision.Disks;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Provisioner.Tests.Cluster;
using Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Disks.Samples;

namespace Kronform.Provision.Provisioner.Tests.Disks;

public sealed class VolumePlacementTests
{
    private static string Document(string match, string kind = "UserVolumeConfig", string name = "data", string more = "") =>
        $"---\napiVersion: v1alpha1\nkind: {kind}\nname: {name}\n{more}provisioning:\n  diskSelector:\n    match: \"{match}\"\n";

    private static DiskCriteria Criteria(string documents) =>
        DiskCriteria.Of(ProvisionYaml.Parse(ProvisionYaml.Good).FindNode("n4") with { Disk = null }, SampleConfig.Parse(SampleConfig.Text + documents), TalosVersion.TryParse("v1.13.9")!);

    private static VolumePlacement Place(string documents, params BlockDevice[] disks)
    {
        var plan = Choose(Criteria(documents), [Nvme("S1"), .. disks]);
        Assert.Equal("S1", plan.Require("n4").Serial);
        var placement = Assert.Single(plan.Volumes);
        Assert.Equal(placement.IsDoubtful ? [placement.Sentence] : [], plan.Warnings);
        return placement;
    }

    [Theory]
    [InlineData("VolumeConfig", "EPHEMERAL")]
    [InlineData("VolumeConfig", "STATE")]
    [InlineData("UserVolumeConfig", "data")]
    [InlineData("RawVolumeConfig", "data")]
    [InlineData("SwapVolumeConfig", "data")]
    [InlineData("ExistingVolumeConfig", "data")]
    public void Each_kind_of_volume_is_placed(string kind, string name) =>
        Assert.Equal((false, $"{kind} {name} goes to the system disk, nvme0n1 (serial S1, 512.1 GB)"),
            Place(Document("system_disk", kind, name), Hdd("Z1")) is var p ? (p.IsDoubtful, p.Sentence) : default);

    public static TheoryData<string, BlockDevice[], string> Placements { get; } = new()
    {
        { "!system_disk", [Hdd("Z1")], "goes to sda (serial Z1, 4.0 TB)" },
        { "!system_disk && disk.rotational", [Hdd("Z1") with { Signatures = [new Signature("gpt", 512)], Partitions = [Part(1, "a"), Part(2, "b")] }], "goes to sda (serial Z1, 4.0 TB), beside the 2 partitions that are on it" },
        { "disk.rotational", [Hdd("Z1"), Hdd("Z2", "sdb") with { ReadOnly = true }], "goes to sda (serial Z1, 4.0 TB)" },
        { "disk.rotational", [Osd("Z1")], "would go to sda (serial Z1, 4.0 TB): that disk holds a Ceph BlueStore OSD on the disk itself, byte 0; Talos would refuse it as wrong format" },
        { "disk.rotational", [Hdd("Z1") with { Signatures = [new Signature("dos", 510)] }], "would go to sda (serial Z1, 4.0 TB): that disk holds an MBR partition table; Talos would refuse it as wrong format" },
        { "disk.rotational", [Hdd("Z1") with { ReadOnly = true }], "would go nowhere: no disk meets disk.rotational" },
        { "disk.serial == 'GONE'", [Hdd("Z1")], "would go nowhere: no disk meets disk.serial == 'GONE'" },
        { "disk.rotational", [Osd("Z1"), Hdd("Z2", "sdb"), Hdd("Z3", "sdc")], "would go to one of sda (serial Z1, 4.0 TB) and sdb (serial Z2, 4.0 TB) and sdc (serial Z3, 4.0 TB), which all meet disk.rotational: Talos takes the first by name that fits, today sdb, and names change between boots" },
        { "disk.dev_path == '/dev/sdb'", [Hdd("Z1"), Hdd("Z2", "sdb")], "would go to sdb (serial Z2, 4.0 TB) by the names of this boot: disk.dev_path is a kernel name, which may mean another disk in Talos" },
        { "disk.serial.matches('^Z')", [Hdd("Z1")], "is not judged here: its expression calls matches, which is not supported yet" },
    };

    [Theory]
    [MemberData(nameof(Placements))]
    public void A_volume_goes_where_Talos_would_put_it_or_says_why_not(string match, BlockDevice[] disks, string expected)
    {
        var placement = Place(Document(match), disks);
        var place = placement.IsDoubtful ? "UserVolumeConfig data (line 29) " : "UserVolumeConfig data ";
        Assert.Equal(place + expected, placement.Sentence);
        Assert.Equal(expected.Contains("would", StringComparison.Ordinal) || expected.Contains("not judged", StringComparison.Ordinal), placement.IsDoubtful);
    }

    [Fact]
    public void A_volume_that_takes_a_whole_disk_needs_exactly_one() =>
        Assert.EndsWith("would go nowhere: sda (serial Z1, 4.0 TB) and sdb (serial Z2, 4.0 TB) meet disk.rotational, and Talos refuses several for a whole disk",
            Place(Document("disk.rotational", more: "volumeType: disk\n"), Hdd("Z1"), Hdd("Z2", "sdb")).Sentence);

    [Fact]
    public void A_volume_is_judged_only_once_the_system_disk_is_known() =>
        Assert.Empty(Choose(Criteria(Document("system_disk")), Nvme("S1"), Nvme("S2", "nvme1n1")).Volumes);

    [Fact]
    public void A_document_that_chooses_no_disk_is_left_alone() =>
        Assert.Empty(Criteria("---\napiVersion: v1alpha1\nkind: VolumeConfig\nname: EPHEMERAL\nprovisioning:\n  maxSize: 100GiB\n").Volumes);

    [Theory]
    [InlineData("disk.size > 10", "compares a size with a plain integer; write the number with u, like 10u")]
    [InlineData("disk.sise > 10u", "uses disk.sise, which is not a field of a disk")]
    [InlineData("disk.rotational &&", "has the end where a value is expected")]
    [InlineData("disk.size", "has a value where a condition is expected")]
    public void An_expression_that_Talos_would_refuse_is_an_error_with_its_place(string match, string expected)
    {
        var error = Assert.Throws<ConfigProblemsException>(() => Criteria(Document(match, "VolumeConfig", "EPHEMERAL")));
        Assert.Equal(FailureCode.MachineConfigInvalid, error.Code);
        Assert.Equal($"n4.yaml:29:5 VolumeConfig EPHEMERAL.provisioning.diskSelector.match: {expected}; correct the expression; Talos would refuse the machine config",
            Assert.Single(error.Problems).ToString());
    }
}
