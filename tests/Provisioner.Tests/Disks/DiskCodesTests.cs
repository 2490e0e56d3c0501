using Kronform.Provision.Disks;
using Kronform.Provision.Protocol;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Disks.Samples;

namespace Kronform.Provision.Provisioner.Tests.Disks;

public sealed class DiskCodesTests
{
    private const long ImageBytes = 4453302272;
    private const long Gib = 1073741824;

    private static BlockDevice Marked(Signature mark) => Nvme("S1", size: 2000 * Gib) with { Signatures = [mark] };

    /// <summary>Every guard: a disk that has it, and what is said of it.</summary>
    public static TheoryData<string, BlockDevice, string> Guards { get; } = new()
    {
        { "data.ceph", Marked(new Signature("ceph_bluestore", 0, Uuid: "8a1f")), "a Ceph BlueStore OSD (uuid 8a1f) on the disk itself, byte 0" },
        { "data.ceph", Marked(new Signature("ceph_bluestore", Gib, "8a1f", "8a1f")), "a Ceph BlueStore OSD \"8a1f\" on the disk itself, byte 1073741824" },
        { "data.ceph", Marked(new Signature("ceph_bluestore", 10 * Gib)), "a Ceph BlueStore OSD on the disk itself, byte 10737418240" },
        { "data.ceph", Marked(new Signature("ceph_bluestore", 100 * Gib)), "a Ceph BlueStore OSD on the disk itself, byte 107374182400" },
        { "data.ceph", Marked(new Signature("ceph_bluestore", 1000 * Gib)), "a Ceph BlueStore OSD on the disk itself, byte 1073741824000" },
        { "data.ceph-lvm", Marked(new Signature("ceph_lvm", 4608, "osd-block-1")), "an LVM physical volume of a Ceph OSD \"osd-block-1\" on the disk itself, byte 4608" },
        { "data.ceph-lvm", Marked(new Signature("lvm2_member", 536, "ceph-2f9e", "u1")), "an LVM physical volume of a Ceph OSD \"ceph-2f9e\" (uuid u1) on the disk itself, byte 536" },
        { "data.ceph-lvm", Marked(new Signature("lvm2_member", 536)) with { Holders = [new StackedDevice("dm-0", "lvm", "ceph-2f9e/osd-block-1")] }, "an LVM physical volume of a Ceph OSD on the disk itself, byte 536" },
        { "data.ceph-lvm", Nvme("S1") with { Holders = [new StackedDevice("dm-0", "lvm", "ceph-2f9e/osd-block-1")] }, "the volume of a Ceph OSD runs on it (dm-0 (lvm ceph-2f9e/osd-block-1))" },
        { "data.lvm", Marked(new Signature("lvm2_member", 536, "vg0", "u1")), "an LVM physical volume \"vg0\" (uuid u1) on the disk itself, byte 536" },
        { "data.raid", Marked(new Signature("linux_raid_member", 2147418112, null, "aa:bb", "0.90")), "a member of a Linux RAID array (version 0.90, uuid aa:bb) on the disk itself, byte 2147418112" },
        { "data.raid", Marked(new Signature("linux_raid_member", 2147475456, "rescue:0", "aa:bb", "1.0")), "a member of a Linux RAID array \"rescue:0\" (version 1.0, uuid aa:bb) on the disk itself, byte 2147475456" },
        { "data.raid", Marked(new Signature("linux_raid_member", 0, "rescue:0", "aa:bb", "1.1")), "a member of a Linux RAID array \"rescue:0\" (version 1.1, uuid aa:bb) on the disk itself, byte 0" },
        { "data.raid", Marked(new Signature("linux_raid_member", 4096, "rescue:0", "aa:bb", "1.2")), "a member of a Linux RAID array \"rescue:0\" (version 1.2, uuid aa:bb) on the disk itself, byte 4096" },
        { "data.zfs", Marked(new Signature("zfs_member", 131072, "tank")), "a member of a ZFS pool \"tank\" on the disk itself, byte 131072" },
        { "data.luks", Marked(new Signature("crypto_luks", 0, null, "u", "1")), "a LUKS volume (version 1, uuid u) on the disk itself, byte 0" },
        { "data.luks", Marked(new Signature("crypto_luks", 0, null, "u", "2")), "a LUKS volume (version 2, uuid u) on the disk itself, byte 0" },
        { "data.btrfs", Marked(new Signature("btrfs", 65600)), "a btrfs file system on the disk itself, byte 65600" },
        { "data.bcache", Marked(new Signature("bcache", 4096)), "a bcache device on the disk itself, byte 4096" },
        { "data.drbd", Marked(new Signature("drbd", 512)), "a DRBD replica on the disk itself, byte 512" },
        { "data.swap", Marked(new Signature("swap", 4086)), "swap space on the disk itself, byte 4086" },
        { "data.filesystem", Marked(new Signature("ext4", 1080, "root", "u")), "a file system (ext4) \"root\" (uuid u) on the disk itself, byte 1080" },
        { "data.partitions", Nvme("S1") with { Partitions = [Part(1, "root")] }, "1 partition (1 root 104.9 MB)" },
        { "data.partitions", Nvme("S1") with { Partitions = [Part(1, "root") with { Table = PartitionTables.GptBackup }] }, "1 partition (1 root 104.9 MB, only the table at the disk's end has it)" },
        { "data.partitions", Nvme("S1") with { Partitions = [Part(1, null) with { Table = PartitionTables.Kernel }] }, "1 partition (1 104.9 MB, only the kernel still knows it)" },
        { "data.not-told", Marked(new Signature("contents-unknown", 0)), "contents that nobody told of on the disk itself, byte 0" },
        { "data.unknown", Marked(new Signature("novelty", 7)), "a mark that is not known here (novelty) on the disk itself, byte 7" },
        { "talos.meta", Marked(new Signature("talosmeta", 0)), "Talos's META on the disk itself, byte 0" },
        { "talos.state", Nvme("S1") with { Partitions = [.. FreshTalos, Part(5, "STATE", "xfs") with { Table = PartitionTables.GptBackup }] }, "an installed Talos (STATE is partition 5, byte 5242880, only the table at the disk's end has it)" },
        { "use.mounted", Nvme("S1") with { Mounts = ["/mnt/data"] }, "mounted on /mnt/data; unmount it" },
        { "use.swap", Nvme("S1") with { Mounts = ["[SWAP]"] }, "in use as swap space; run swapoff" },
        { "use.held", Nvme("S1") with { Holders = [new StackedDevice("md127", "raid1", "rescue:0", "aa:bb")] }, "held by md127 (raid1 rescue:0), uuid aa:bb; stop the array or volume group" },
        { "disk.read-only", Nvme("S1") with { ReadOnly = true }, "read-only" },
        { "disk.removable", Nvme("S1") with { Transport = "usb" }, "removable or attached by USB" },
        { "disk.virtual", Nvme("S1") with { Model = "QEMU HARDDISK" }, "a virtual disk (QEMU HARDDISK), as the vKVM console shows them" },
        { "disk.too-small", Nvme("S1", size: 4000000000), "4000000000 bytes, the image has 4453302272" },
        { "disk.sector-size", Nvme("S1") with { LogicalSectorBytes = 4096 }, "logical sectors of 4096 bytes, the image has 512" },
        { "disk.smart-failing", Nvme("S1") with { Smart = new SmartHealth(false, "critical warning 0x04") }, "the disk reports that it is failing (critical warning 0x04)" },
        { "disk.no-identity", Nvme("S1") with { Serial = null, Wwn = null }, "neither serial nor WWN (udev may not have settled yet)" },
    };

    [Theory]
    [MemberData(nameof(Guards))]
    public void Each_guard_has_its_code_its_evidence_and_its_effect(string code, BlockDevice disk, string evidence)
    {
        var finding = Assert.Single(DiskGuards.Find(disk, [disk], ImageBytes), f => f.Code == code);
        Assert.Equal(evidence, finding.Evidence);

        var known = Assert.Single(DiskCodes.All, c => c.Name == code);
        Assert.Equal(finding.Kind == FindingKind.Data ? CodeEffect.Data : CodeEffect.Refusal, known.Effect);
        var plan = DiskSelection.Choose([disk], Selector("v1.8.4", ("size", "> 1")), ImageBytes, ["S1"]);
        var waived = plan.Verdicts[0].Waived.Any(f => f.Code == code);
        Assert.Equal(known.Effect == CodeEffect.Data, waived);
    }

    [Fact]
    public void A_healthy_disk_and_one_that_nobody_asked_are_no_finding()
    {
        foreach (var smart in new[] { null, new SmartHealth(true) })
        {
            var disk = Nvme("S1") with { Smart = smart };
            Assert.Empty(DiskGuards.Find(disk, [disk], ImageBytes));
        }
    }

    [Fact]
    public void Every_guard_of_the_list_is_in_the_table_above()
    {
        var shown = Guards.Select(row => row.Data.Item1).Append("disk.same-identity").Distinct().Order(StringComparer.Ordinal);
        var listed = DiskCodes.All.Where(c => c.Effect is CodeEffect.Data or CodeEffect.Refusal).Select(c => c.Name).Order(StringComparer.Ordinal);
        Assert.Equal(listed, shown);
        Assert.Equal(DiskCodes.All.Count, DiskCodes.All.Select(c => c.Name).Distinct().Count());
        Assert.All(DiskCodes.All, c => Assert.False(c.Meaning.EndsWith('.') || c.Meaning.Length < 10, c.Name));
    }
}
