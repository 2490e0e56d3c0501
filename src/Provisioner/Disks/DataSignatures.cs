using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks;

/// <summary>Which marks mean somebody's data. A mark nobody thought of counts as data, never as nothing.</summary>
internal static class DataSignatures
{
    private static readonly HashSet<string> Tables = new(StringComparer.Ordinal) { "gpt", "dos", "pmbr", "mbr" };

    private static readonly Dictionary<string, (string Code, string What)> Known = new(StringComparer.Ordinal)
    {
        ["ceph_bluestore"] = ("data.ceph", "a Ceph BlueStore OSD"),
        ["ceph_lvm"] = ("data.ceph-lvm", CephVolume),
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
        ["contents-unknown"] = ("data.not-told", "contents that nobody told of"),
        ["talosmeta"] = ("talos.meta", "Talos's META"),
    };

    private static readonly HashSet<string> FileSystems = new(StringComparer.Ordinal)
    {
        "ext2", "ext3", "ext4", "xfs", "vfat", "exfat", "ntfs", "iso9660", "udf", "squashfs", "f2fs", "jfs", "reiserfs", "nilfs2", "ufs",
        "ocfs2", "gfs2", "bcachefs", "erofs", "hfsplus", "apfs", "vmfs_volume_member",
    };

    private const string CephVolume = "an LVM physical volume of a Ceph OSD";

    /// <summary>A partition table is no data by itself; its partitions are judged one by one.</summary>
    public static bool IsTable(Signature signature) => Tables.Contains(Kind(signature));

    /// <param name="signature">The mark.</param>
    /// <param name="partition">The partition it is in; null for one on the disk itself.</param>
    /// <param name="cephVolume">A volume group on this disk is one of ceph-volume's.</param>
    public static DiskFinding Finding(Signature signature, Partition? partition = null, bool cephVolume = false)
    {
        var where = partition is null ? "on the disk itself" : $"in partition {partition.Number}{DiskGuards.OnlyIn(partition)}";
        // lsblk does not always tell where a partition begins; none begins at 0.
        var position = partition is not null && signature.OffsetBytes == 0 ? "" : $", byte {signature.OffsetBytes}";
        var (code, what) = Meaning(signature, cephVolume);
        return new DiskFinding(code, FindingKind.Data, $"{what}{Details(signature)} {where}{position}");
    }

    /// <summary>lsblk writes LVM2_member and crypto_LUKS.</summary>
    public static string Kind(Signature signature) => signature.Kind.ToLowerInvariant();

    /// <summary>ceph-volume names its groups <c>ceph-</c> and a uuid; the device mapper's own names double the hyphens.</summary>
    public static bool IsCephVolumeGroup(string? name) => name?.StartsWith("ceph-", StringComparison.Ordinal) == true;

    private static (string Code, string What) Meaning(Signature signature, bool cephVolume)
    {
        var kind = Kind(signature);
        if (!Known.TryGetValue(kind, out var known))
            return FileSystems.Contains(kind) ? ("data.filesystem", $"a file system ({kind})") : ("data.unknown", $"a mark that is not known here ({kind})");
        return known.Code == "data.lvm" && (cephVolume || IsCephVolumeGroup(signature.Label)) ? ("data.ceph-lvm", CephVolume) : known;
    }

    private static string Details(Signature signature)
    {
        var label = signature.Label?.Trim();
        var text = string.IsNullOrEmpty(label) ? "" : $" \"{label}\"";
        List<string> more = [];
        if (!string.IsNullOrEmpty(signature.Version)) more.Add($"version {signature.Version}");
        if (!string.IsNullOrEmpty(signature.Uuid) && signature.Uuid != label) more.Add($"uuid {signature.Uuid}");
        return more.Count == 0 ? text : $"{text} ({string.Join(", ", more)})";
    }
}
