using Kronform.Provision.Disks.Inventories;
using Kronform.Provision.Protocol;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Disks.Inventories;

/// <summary>Forms of lsblk without a tree: whatever lies on a disk has to be put back there, or a full disk would look empty.</summary>
public sealed class LsblkListTests
{
    private const string Pairs = """
        # saved on n4
        KNAME="sda" PKNAME="" TYPE="disk" SIZE="4000787030016" FSTYPE="" LABEL="" MOUNTPOINT="" LOG-SEC="4096"
        KNAME="sda1" PKNAME="sda" TYPE="part" SIZE="1000" FSTYPE="linux_raid_member" LABEL="rescue\x3a0" MOUNTPOINT=""
        KNAME="sdb" PKNAME="" TYPE="disk" SIZE="4000787030016" FSTYPE="" LABEL="" MOUNTPOINT=""
        KNAME="sdb1" PKNAME="sdb" TYPE="part" SIZE="1000" FSTYPE="linux_raid_member" LABEL="rescue:0" MOUNTPOINT=""
        KNAME="md0" PKNAME="sda1" TYPE="raid1" SIZE="1000" FSTYPE="LVM2_member" LABEL="" MOUNTPOINT=""
        KNAME="md0" PKNAME="sdb1" TYPE="raid1" SIZE="1000" FSTYPE="LVM2_member" LABEL="" MOUNTPOINT=""
        KNAME="dm-0" PKNAME="md0" TYPE="lvm" SIZE="1000" FSTYPE="ext4" LABEL="" MOUNTPOINT="/mnt"
        """;

    [Fact]
    public void Partitions_arrays_and_volumes_find_their_disks_by_the_parents_name()
    {
        var disks = LsblkPairs.Read(Pairs).Disks;
        Assert.Equal(["sda", "sdb"], disks.Select(d => d.Name));
        Assert.All(disks, d =>
        {
            Assert.Equal([new Signature("linux_raid_member", 0, "rescue:0")], Assert.Single(d.Partitions).Signatures);
            Assert.Equal(["dm-0", "md0"], d.Holders.Select(h => h.Name));
            Assert.Equal(["/mnt"], d.Mounts);
        });
        Assert.Equal(4096, disks[0].LogicalSectorBytes);
    }

    [Fact]
    public void A_list_in_JSON_is_read_like_the_tree()
    {
        var disk = Assert.Single(LsblkJson.Parse("""
            {"blockdevices": [
              {"name": "nvme0n1", "type": "disk", "size": 1000, "fstype": null},
              {"name": "nvme0n1p1", "type": "part", "size": 100, "fstype": "vfat"}]}
            """));
        Assert.Equal("vfat", Assert.Single(Assert.Single(disk.Partitions).Signatures).Kind);
    }

    [Fact]
    public void An_array_whose_disks_are_not_told_is_refused_not_forgotten() => Assert.Equal(
        "line 2: md0 (raid1) is listed without the disk it lies on (column PKNAME); save lsblk -J -b -O",
        Assert.Throws<FormatException>(() => LsblkPairs.Read("NAME=\"sda\" TYPE=\"disk\" SIZE=\"1000\" FSTYPE=\"\"\nNAME=\"md0\" TYPE=\"raid1\" SIZE=\"1000\" FSTYPE=\"\"\n")).Message);

    [Theory]
    [InlineData("NAME=\"sda\" TYPE=\"disk\" SIZE=\"1000\"\nand then?\n", "line 2: \"and then?\" is not COLUMN=\"value\" pairs; save the whole output of lsblk -J -b -O")]
    [InlineData("# comment\nNAME=\"sda\" TYPE=\"disk\" SIZE=\"447.1G\"\n", "line 2: size of sda is \"447.1G\", not a number of bytes; save it with lsblk -b")]
    [InlineData("NAME=\"sda\" SIZE=\"1000\"\n", "line 1: the column TYPE is missing, so disks and partitions cannot be told apart; save lsblk -J -b -O")]
    public void Faults_are_told_with_their_line(string text, string expected) =>
        Assert.Equal(expected, Assert.Throws<FormatException>(() => LsblkPairs.Read(text)).Message);

    [Fact]
    public void What_was_not_saved_is_told_as_unsure()
    {
        var guesses = LsblkPairs.Read("NAME=\"nvme0n1\" TYPE=\"disk\" SIZE=\"1000\" SERIAL=\"S1\"\nNAME=\"sda\" TYPE=\"disk\" SIZE=\"1000\" SERIAL=\"S2\"\n");
        Assert.Equal(InventoryContents.NotTold, guesses.Contents);
        Assert.All(guesses.Disks, d => Assert.Equal(DiskInventory.ContentsUnknown, Assert.Single(d.Signatures).Kind));
        Assert.Contains("sector sizes were not saved (LOG-SEC): 512 bytes were assumed", guesses.Guesses);
        Assert.Contains("the transport of nvme0n1 was taken from the name", guesses.Guesses);
        Assert.Contains("the transport of sda is not known", guesses.Guesses);
        Assert.DoesNotContain(guesses.Guesses, g => g.Contains("SERIAL", StringComparison.Ordinal));
    }

    [Fact]
    public void A_full_lsblk_leaves_only_what_lsblk_never_tells()
    {
        var read = InventoryFile.Read(Fixtures.Inventory("kronform-n2-like"));
        Assert.Equal(InventoryContents.Partial, read.Contents);
        Assert.Equal(2, read.Guesses.Count);
    }
}
