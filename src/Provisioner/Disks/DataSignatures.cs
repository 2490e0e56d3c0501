using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks;

/// <summary>Which marks mean somebody's data. A mark nobody thought of counts as data, never as nothing.</summary>
internal static class DataSignatures
{
    private static readonly HashSet<string> Tables = new(StringComparer.Ordinal) { "gpt", "dos", "pmbr", "mbr" };

    private static readonly Dictionary<string, (string Code, string What)> Known = new(StringComparer.Ordinal)
    {
        ["ceph_bluestore"] = ("data.ceph", "a Ceph BlueStore OSD"),
        ["lvm2_member"] = ("data.lvm", "an LVM physical volume"),
        ["lvm1_member"] = ("data.lvm", "an LVM physical volume"),
        ["linux_raid_member"] = ("data.raid", "a member of a Linux RAID array"),
        ["ddf_raid_member"] = ("data.raid", "a member of a firmware RAID array"),
        ["isw_raid_member"] = ("data.raid", "a member of a firmware RAID array"),
        ["zfs_member"] = ("data.zfs", "a member of a ZFS pool"),
        ["crypto_luks"] = ("data.luks", "a LUKS volume"),
        ["btrfs"] = ("data.btrfs", "a btrfs file system"),
        ["bcache"] = ("data.bcache", "a bcache device"),
        ["drbd"] = ("data.drbd", "a DRBD replica"),
        ["swap"] = ("data.swap", "swap space"),
        ["talosmeta"] = ("talos.meta", "Talos's META"),
    };

    private static readonly HashSet<string> FileSystems = new(StringComparer.Ordinal)
    {
        "ext2", "ext3", "ext4", "xfs", "vfat", "exfat", "ntfs", "iso9660", "udf", "squashfs", "f2fs", "jfs", "reiserfs", "nilfs2", "ufs",
        "ocfs2", "gfs2", "bcachefs", "erofs", "hfsplus", "apfs", "vmfs_volume_member",
    };

    /// <summary>A partition table is no data by itself; its partitions are judged one by one.</summary>
    public static bool IsTable(Signature signature) => Tables.Contains(Kind(signature));

    public static DiskFinding Finding(Signature signature, Partition? partition = null)
    {
        var where = partition is null ? "on the disk itself" : $"in partition {partition.Number}";
        // lsblk does not always tell where a partition begins; none begins at 0.
        var position = partition is not null && signature.OffsetBytes == 0 ? "" : $", byte {signature.OffsetBytes}";
        var kind = Kind(signature);
        var (code, what) = Known.TryGetValue(kind, out var known) ? known
            : FileSystems.Contains(kind) ? ("data.filesystem", $"a file system ({kind})")
            : ("data.unknown", $"a mark that is not known here ({kind})");
        var label = string.IsNullOrWhiteSpace(signature.Label) ? "" : $" \"{signature.Label.Trim()}\"";
        return new DiskFinding(code, FindingKind.Data, $"{what}{label} {where}{position}");
    }

    /// <summary>lsblk writes LVM2_member and crypto_LUKS.</summary>
    public static string Kind(Signature signature) => signature.Kind.ToLowerInvariant();
}
