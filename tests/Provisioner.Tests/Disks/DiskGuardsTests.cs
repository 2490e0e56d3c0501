using Kronform.Provision.Disks;
using Kronform.Provision.Protocol;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Disks.Samples;

namespace Kronform.Provision.Provisioner.Tests.Disks;

public sealed class DiskGuardsTests
{
    private static string[] Codes(BlockDevice disk) => [.. DiskGuards.Find(disk, [disk], null).Select(f => f.Code)];

    [Theory]
    [InlineData("ceph_bluestore", "data.ceph")]
    [InlineData("lvm2_member", "data.lvm")]
    [InlineData("LVM2_member", "data.lvm")]
    [InlineData("linux_raid_member", "data.raid")]
    [InlineData("isw_raid_member", "data.raid")]
    [InlineData("zfs_member", "data.zfs")]
    [InlineData("crypto_luks", "data.luks")]
    [InlineData("crypto_LUKS", "data.luks")]
    [InlineData("btrfs", "data.btrfs")]
    [InlineData("bcache", "data.bcache")]
    [InlineData("drbd", "data.drbd")]
    [InlineData("swap", "data.swap")]
    [InlineData("ext4", "data.filesystem")]
    [InlineData("xfs", "data.filesystem")]
    [InlineData("vfat", "data.filesystem")]
    [InlineData("iso9660", "data.filesystem")]
    [InlineData("something_new", "data.unknown")]
    public void Every_mark_is_data_on_the_disk_and_in_a_partition(string kind, string code)
    {
        var whole = Nvme("S1") with { Signatures = [new Signature(kind, 4096, "name")] };
        var finding = Assert.Single(DiskGuards.Find(whole, [whole], null));
        Assert.Equal((code, FindingKind.Data), (finding.Code, finding.Kind));
        Assert.EndsWith(" \"name\" on the disk itself, byte 4096", finding.Evidence);

        Assert.Equal([code, "data.partitions"], Codes(Nvme("S1") with { Partitions = [Part(1, null, kind)] }));
        // A mark left behind an image that was written over it.
        Assert.Contains(code, Codes(Nvme("S1") with { Partitions = FreshTalos, Signatures = [new Signature("gpt", 512), new Signature(kind, 10737418240)] }));
    }

    [Fact]
    public void An_empty_disk_and_an_empty_table_are_nobodys_data()
    {
        Assert.Empty(Codes(Nvme("S1")));
        Assert.Empty(Codes(Nvme("S1") with { Signatures = [new Signature("gpt", 512), new Signature("PMBR", 0)] }));
        Assert.Empty(Codes(Nvme("S1") with { Signatures = [new Signature("dos", 0)] }));
    }

    [Fact]
    public void A_partition_without_any_mark_is_still_somebodys() => Assert.Equal(["data.partitions"], Codes(Nvme("S1") with { Partitions = [Part(1, "data")] }));

    [Fact]
    public void A_written_image_that_was_never_configured_is_nobodys_data()
    {
        Assert.Empty(Codes(Nvme("S1") with { Partitions = FreshTalos, Signatures = [new Signature("gpt", 512)] }));
        // After its first boot by UEFI the BIOS loader's partitions are gone.
        Assert.Empty(Codes(Nvme("S1") with { Partitions = [FreshTalos[0], FreshTalos[3]] }));
    }

    public static TheoryData<IReadOnlyList<Partition>, string[]> AlmostTalos { get; } = new()
    {
        { [.. FreshTalos, Part(5, "STATE", "xfs"), Part(6, "EPHEMERAL", "xfs")], ["talos.state"] },
        { [.. FreshTalos, Part(5, "STATE")], ["talos.state"] },
        { [.. FreshTalos, Part(5, "STATE", "crypto_luks")], ["talos.state"] },
        { [.. FreshTalos, Part(5, "u-data", "xfs")], ["data.filesystem", "data.partitions"] },
        { [.. FreshTalos, Part(5, "STATE", "xfs"), Part(6, "r-ceph", "ceph_bluestore")], ["talos.state", "data.ceph", "data.partitions"] },
        { [Part(1, "EFI", "linux_raid_member"), Part(4, "META")], ["data.raid", "data.partitions"] },
        { [Part(1, "EFI", "vfat"), Part(3, "BOOT", "xfs")], ["data.filesystem", "data.filesystem", "data.partitions"] },
        { [Part(1, "EPHEMERAL", "xfs")], ["data.filesystem", "data.partitions"] },
        { [Part(1, "META", "ext4")], ["data.filesystem", "data.partitions"] },
    };

    [Theory]
    [MemberData(nameof(AlmostTalos))]
    public void Anything_more_or_other_than_a_fresh_image_is_data(IReadOnlyList<Partition> partitions, string[] expected) =>
        Assert.Equal(expected, Codes(Nvme("S1") with { Partitions = partitions }));

    [Fact]
    public void Evidence_says_what_and_where()
    {
        var disk = Nvme("S1") with { Partitions = [Part(1, "root", "ext4"), Part(2, null)], Holders = [new StackedDevice("md1"), new StackedDevice("md0")], Mounts = ["/boot", "[SWAP]"] };
        Assert.Equal(
            [
                "data.filesystem: a file system (ext4) in partition 1, byte 1048576",
                "data.partitions: 2 partitions (1 root 104.9 MB, 2 104.9 MB)",
                "use.mounted: mounted on /boot; unmount it",
                "use.swap: in use as swap space; run swapoff",
                "use.held: held by md0, md1; stop the array or volume group",
            ],
            DiskGuards.Find(disk, [disk], null).Select(f => f.ToString()));
    }
}
