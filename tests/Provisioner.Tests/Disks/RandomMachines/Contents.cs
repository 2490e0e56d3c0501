using Kronform.Provision.Protocol;

namespace Kronform.Provision.Provisioner.Tests.Disks.RandomMachines;

/// <summary>What random disks hold: nothing, what Talos leaves, and every kind of data in the places where its owners put it.</summary>
internal static class Contents
{
    private const long Mib = 1048576;
    private const long Gib = 1024 * Mib;

    /// <summary>Copies of the BlueStore label lie at these places (Ceph, BlueStore.h: 0, 1, 10, 100 and 1000 GiB).</summary>
    private static readonly long[] LabelOffsets = [0, Gib, 10 * Gib, 100 * Gib, 1000 * Gib];

    private static readonly Signature[] GptTable = [new("gpt", 512), new("pmbr", 510)];

    public static readonly Content Empty = Nothing("empty", d => d);

    public static IReadOnlyList<Content> Harmless { get; } =
    [
        Empty,
        Nothing("an empty GPT", d => d with { Signatures = GptTable }),
        Nothing("an empty MBR", d => d with { Signatures = [new Signature("dos", 510)] }),
        Nothing("boot code alone", d => d with { Signatures = [new Signature("dos", 510)], BootCode = true }),
        new("a written image", false, true, false, (d, _) => Table(d, Part(1, "EFI", "vfat"), Part(2, "BIOS"), Part(3, "BOOT", "xfs"), Part(4, "META", "talosmeta"))),
        new("a written image, booted by UEFI", false, true, false, (d, _) => Table(d, Part(1, "EFI", "vfat"), Part(4, "META"))),
        new("a META that was zeroed", false, true, false, (d, _) => Table(d, Part(4, "META"))),
    ];

    public static IReadOnlyList<Content> Data { get; } =
    [
        new("an installed Talos", true, true, false, (d, _) => Table(d, Part(1, "EFI", "vfat"), Part(4, "META", "talosmeta"), Part(5, "STATE", "xfs"), Part(6, "EPHEMERAL", "xfs"))),
        new("a Talos of which only the backup table tells", true, true, false, (d, _) => d with { Partitions = [Lost(Part(4, "META")), Lost(Part(5, "STATE")), Lost(Part(6, "EPHEMERAL"))] }),
        new("a new image over an old Talos", true, true, false, (d, _) => Table(d, Part(1, "EFI", "vfat"), Part(4, "META", "talosmeta"), Lost(Part(6, "EPHEMERAL", "xfs")))),
        new("Talos with a volume of a user", true, true, false, (d, _) => Table(d, Part(1, "EFI", "vfat"), Part(4, "META"), Part(7, "u-data", "xfs"))),
        new("somebody else's META", true, true, false, (d, _) => Table(d, Part(1, "META", "ext4"))),
        new("an EPHEMERAL alone", true, true, false, (d, _) => Table(d, Part(1, "EPHEMERAL", "xfs"))),
        Holding("partitions in the backup table", d => d with { Partitions = [Lost(Part(1, "root")), Lost(Part(2, null))] }),
        Holding("partitions that only the kernel knows", d => d with { Partitions = [Part(1, null) with { Table = PartitionTables.Kernel }] }),
        Holding("an MBR partition", d => d with { Signatures = [new Signature("dos", 510)], Partitions = [Part(1, null, "ext4") with { Type = "83", Table = PartitionTables.Mbr }], BootCode = true }),
        Holding("an ESP of another system", d => Table(d, Part(1, "EFI", "vfat"), Part(2, "root", "ext4"))),
        Holding("an xfs on the whole disk", d => d with { Signatures = [new Signature("xfs", 0, "data", "11")] }),
        Holding("btrfs", d => d with { Signatures = [new Signature("btrfs", 65600)] }),
        Holding("bcache", d => d with { Signatures = [new Signature("bcache", 4096)] }),
        Holding("drbd", d => d with { Signatures = [new Signature("drbd", d.SizeBytes - 4096)] }),
        Holding("swap", d => d with { Signatures = [new Signature("swap", 4086)] }),
        Holding("ZFS", d => d with { Signatures = [new Signature("zfs_member", 131072, "tank"), new Signature("zfs_member", d.SizeBytes - 262144, "tank")] }),
        Holding("ZFS at the end only", d => Table(d, Part(1, "zfs")) with { Signatures = [new Signature("zfs_member", d.SizeBytes - 262144, "tank")] }),
        Holding("LUKS 1", d => d with { Signatures = [new Signature("crypto_LUKS", 0, Version: "1")] }),
        new("LUKS 2, opened", true, false, true, (d, _) => d with { Signatures = [new Signature("crypto_luks", 0, Version: "2")], Holders = [new StackedDevice("dm-3", "crypt", "secret", "CRYPT-LUKS2-1")] }),
        Holding("a mark that nobody knows", d => d with { Signatures = [new Signature("novelty_fs", 4096)] }),
        Holding("a Ceph volume group", d => d with { Signatures = [new Signature("lvm2_member", 536, "ceph-3f0a")] }),
        Holding("a Ceph logical volume", d => d with { Signatures = [new Signature("lvm2_member", 536), new Signature("ceph_lvm", 4608)] }),
        new("a running Ceph volume", true, false, true, (d, _) => d with { Signatures = [new Signature("lvm2_member", 536)], Holders = [new StackedDevice("dm-1", "lvm", "ceph-3f0a/osd-block-1")] }),
        new("a running Ceph volume without its mark", true, false, true, (d, _) => d with { Holders = [new StackedDevice("dm-1", "lvm", "ceph-3f0a/osd-block-1")] }),
        new("running LVM in a partition", true, false, true, (d, _) => Table(d, Part(1, "lvm", "LVM2_member")) with { Holders = [new StackedDevice("dm-0", "lvm", "vg0/root")] }),
        new("running md 1.2", true, false, true, (d, _) => Table(d, Part(1, null, "linux_raid_member")) with { Holders = [new StackedDevice("md127", "raid1", "rescue:0", "aa:bb")] }),
        new("an array without any mark", false, false, true, (d, _) => d with { Holders = [new StackedDevice("md0", "raid0")] }),
        Drawn("Ceph BlueStore", (d, random) => d with { Signatures = [new Signature("ceph_bluestore", LabelOffsets.Where(o => o < d.SizeBytes).ElementAt(random.Next(LabelOffsets.Count(o => o < d.SizeBytes))), Uuid: "osd")] }),
        Drawn("Ceph BlueStore behind a new table", (d, random) => Table(d, Part(1, "EFI", "vfat"), Part(2, "root")) with { Signatures = [.. GptTable, new Signature("ceph_bluestore", Gib)] }),
        Drawn("md on the whole disk", (d, random) => d with { Signatures = [Md(d, random.Next(4))] }),
    ];

    private static Signature Md(BlockDevice disk, int version) => version switch
    {
        0 => new Signature("linux_raid_member", disk.SizeBytes - 65536, Version: "0.90"),
        1 => new Signature("linux_raid_member", disk.SizeBytes - 8192, "h:0", "aa", "1.0"),
        2 => new Signature("linux_raid_member", 0, "h:0", "aa", "1.1"),
        _ => new Signature("linux_raid_member", 4096, "h:0", "aa", "1.2"),
    };

    private static Content Nothing(string name, Func<BlockDevice, BlockDevice> put) => new(name, false, false, false, (d, _) => put(d));

    private static Content Holding(string name, Func<BlockDevice, BlockDevice> put) => new(name, true, false, false, (d, _) => put(d));

    private static Content Drawn(string name, Func<BlockDevice, Random, BlockDevice> put) => new(name, true, false, false, put);

    private static BlockDevice Table(BlockDevice disk, params Partition[] partitions) => disk with { Signatures = GptTable, Partitions = partitions };

    private static Partition Lost(Partition partition) => partition with { Table = PartitionTables.GptBackup };

    private static Partition Part(int number, string? label, params string[] kinds) => new()
    {
        Number = number,
        OffsetBytes = number * 100 * Mib,
        SizeBytes = 100 * Mib,
        Type = label == "EFI" ? "C12A7328-F81F-11D2-BA4B-00A0C93EC93B" : "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
        Label = label,
        PartUuid = $"{number}a",
        Signatures = [.. kinds.Select(k => new Signature(k, number * 100 * Mib))],
    };
}
