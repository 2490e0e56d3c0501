using Kronform.Provision.Disks.Inventories;
using Kronform.Provision.Protocol;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Disks.Inventories;

public sealed class LsblkJsonTests
{
    private static IReadOnlyList<BlockDevice> Fixture(string name) => LsblkJson.Parse(File.ReadAllText(Fixtures.Inventory(name)));

    [Fact]
    public void Data_disks_and_the_loop_device_are_told_apart()
    {
        var disks = Fixture("kronform-n2-like");
        Assert.Equal(["sda", "sdb", "sdc"], disks.Select(d => d.Name));
        Assert.Equal(new DiskIdentity("S2RKNX0J000001", "0x5002538c40000001", 480103981056), disks[0].Identity);
        Assert.Equal("ATA", disks[0].Vendor);
        Assert.Equal([new Signature("gpt", 512)], disks[0].Signatures);
        Assert.Equal([new Signature("ceph_bluestore", 0)], disks[1].Signatures);
        Assert.True(disks[1].Rotational);
    }

    [Fact]
    public void Arrays_and_volumes_above_partitions_hold_the_disk()
    {
        var disk = Fixture("ax41-nvme-pair-installimage-uefi-raid1-lvm")[0];
        Assert.Equal(["dm-0", "md0", "md1", "md2"], disk.Holders.Select(h => h.Name));
        Assert.Equal([1, 2, 3], disk.Partitions.Select(p => p.Number));
        Assert.Equal("C12A7328-F81F-11D2-BA4B-00A0C93EC93B", disk.Partitions[0].Type);
        Assert.Equal([new Signature("linux_raid_member", 0, "rescue:0")], disk.Partitions[0].Signatures);
    }

    [Fact]
    public void Old_versions_that_write_everything_as_text_are_read_the_same()
    {
        var disk = Assert.Single(LsblkJson.Parse("""
            {"blockdevices": [
              {"name": "zram0", "type": "disk", "size": "100"},
              {"name": "sr0", "type": "rom", "size": "100"},
              {"name": "sdz", "type": "disk", "size": "0"},
              {"name": "sda", "type": "disk", "size": "4000787030016", "rota": "1", "ro": "0", "rm": "1", "log-sec": "512", "phy-sec": "4096", "mountpoint": null, "children": [
                 {"name": "sda2", "type": "part", "size": "1000", "start": 2048, "fstype": "swap", "mountpoint": "[SWAP]"}]}
            ]}
            """));
        Assert.Equal(4000787030016, disk.SizeBytes);
        Assert.Equal((true, false, true, 4096), (disk.Rotational, disk.ReadOnly, disk.Removable, disk.PhysicalSectorBytes));
        Assert.Equal(["[SWAP]"], disk.Mounts);
        Assert.Equal((2, 1048576, new Signature("swap", 1048576)), (disk.Partitions[0].Number, disk.Partitions[0].OffsetBytes, disk.Partitions[0].Signatures[0]));
    }

    [Theory]
    [InlineData("{\"blockdevices\": [{\"name\": \"sda\", \"type\": \"disk\", \"size\": \"447.1G\"}]}", "line 1: size of sda is \"447.1G\", not a number of bytes; save it with lsblk -b")]
    [InlineData("{}", "it has no list \"blockdevices\"")]
    [InlineData("NAME SIZE", "line 1: it is not JSON")]
    [InlineData("{\"blockdevices\": [\n{\"name\": \"sda\", \"type\": \"disk\"}]}", "line 2: sda has no size; save it with lsblk -J -b -O")]
    [InlineData("{\"blockdevices\": [\n{\"name\": \"sda\", \"size\": 1000}]}", "line 2: the column TYPE is missing, so disks and partitions cannot be told apart; save lsblk -J -b -O")]
    [InlineData("{\"blockdevices\": [1]}", "a device is not an object")]
    public void What_is_not_lsblks_JSON_in_bytes_is_refused(string json, string expected) =>
        Assert.Equal(expected, Assert.Throws<FormatException>(() => LsblkJson.Parse(json)).Message);
}
