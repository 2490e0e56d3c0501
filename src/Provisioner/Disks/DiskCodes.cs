namespace Kronform.Provision.Disks;

/// <summary>The name of something that may be found on a disk. Names never change; reports, tests and documentation use them.</summary>
/// <param name="Name">As it is printed, e.g. <c>data.ceph</c>.</param>
/// <param name="Effect">What finding it does to a run.</param>
/// <param name="Meaning">One sentence without a full stop.</param>
public sealed record DiskCode(string Name, CodeEffect Effect, string Meaning)
{
    public override string ToString() => Name;
}

public enum CodeEffect
{
    /// <summary>The disk is not written to, unless <c>--allow-data-loss</c> names it.</summary>
    Data,

    /// <summary>The disk is not written to, and nothing waives that.</summary>
    Refusal,

    /// <summary>On another disk than the one to write to: the run stops.</summary>
    Threat,

    /// <summary>On another disk, or in the firmware: told, and the run goes on.</summary>
    Notice,
}

/// <summary>Every code of <see cref="DiskFinding"/> and <see cref="BootThreat"/>, for the documentation and the tests that hold it to the code.</summary>
public static class DiskCodes
{
    public static IReadOnlyList<DiskCode> All { get; } =
    [
        new("data.ceph", CodeEffect.Data, "a Ceph BlueStore label, in any of the places where BlueStore keeps copies"),
        new("data.ceph-lvm", CodeEffect.Data, "a physical volume that ceph-volume made for an OSD"),
        new("data.lvm", CodeEffect.Data, "an LVM physical volume"),
        new("data.raid", CodeEffect.Data, "a superblock of a Linux or firmware RAID array"),
        new("data.zfs", CodeEffect.Data, "a label of a ZFS pool, at the start or the end"),
        new("data.luks", CodeEffect.Data, "a LUKS header, version 1 or 2"),
        new("data.btrfs", CodeEffect.Data, "a btrfs file system"),
        new("data.bcache", CodeEffect.Data, "a bcache superblock"),
        new("data.not-told", CodeEffect.Data, "contents that could not be asked for from here"),
        new("data.drbd", CodeEffect.Data, "a DRBD replica"),
        new("data.swap", CodeEffect.Data, "swap space, which may hold a suspended system"),
        new("data.filesystem", CodeEffect.Data, "any other file system"),
        new("data.partitions", CodeEffect.Data, "partitions that are not those of a written, never configured Talos image, also when only the table at the disk's end or the kernel has them"),
        new("data.unknown", CodeEffect.Data, "a mark that is not known here"),
        new("talos.meta", CodeEffect.Data, "Talos's META outside a Talos layout"),
        new("talos.state", CodeEffect.Data, "an installed Talos: a STATE or EPHEMERAL partition"),
        new("use.mounted", CodeEffect.Refusal, "the disk, a partition or something stacked on it is mounted"),
        new("use.swap", CodeEffect.Refusal, "the disk is in use as swap space"),
        new("use.held", CodeEffect.Refusal, "an array, volume group or mapping runs on the disk"),
        new("disk.read-only", CodeEffect.Refusal, "the kernel refuses writes"),
        new("disk.removable", CodeEffect.Refusal, "removable, or attached by USB"),
        new("disk.virtual", CodeEffect.Refusal, "a virtual disk, as the vKVM console shows them"),
        new("disk.too-small", CodeEffect.Refusal, "smaller than the expanded image"),
        new("disk.sector-size", CodeEffect.Refusal, "logical sectors of another size than the image's"),
        new("disk.smart-failing", CodeEffect.Refusal, "the disk reports that it is failing"),
        new("disk.no-identity", CodeEffect.Refusal, "neither serial nor WWN, so it cannot be found again before writing"),
        new("disk.same-identity", CodeEffect.Refusal, "serial, WWN and size of another disk of the machine"),
        new("boot.talos-meta", CodeEffect.Threat, "a partition named META on another disk: Talos may take it for its own"),
        new("boot.talos-state", CodeEffect.Threat, "a partition named STATE on another disk: Talos may load an old machine config from it"),
        new("boot.talos-ephemeral", CodeEffect.Threat, "a partition named EPHEMERAL on another disk: Talos may keep the node's data there"),
        new("boot.talos-boot", CodeEffect.Notice, "a partition named BOOT of an old Talos on another disk"),
        new("boot.efi-system", CodeEffect.Notice, "an EFI system partition on another disk"),
        new("boot.mbr-code", CodeEffect.Notice, "boot code in the first sector of another disk"),
        new("boot.raid", CodeEffect.Notice, "a RAID superblock on another disk: the array may be assembled and searched like a disk"),
        new("boot.part-uuid", CodeEffect.Notice, "a partition on another disk with the PARTUUID of one of the image's; told while writing, when the image is known"),
        new("boot.efi-entry", CodeEffect.Notice, "an active EFI boot entry that starts from another disk"),
        new("boot.efi-network", CodeEffect.Notice, "network boot is not the first EFI boot entry, so the rescue system may be out of reach afterwards"),
    ];
}
