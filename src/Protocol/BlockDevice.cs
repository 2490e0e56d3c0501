namespace Kronform.Provision.Protocol;

/// <summary>One whole disk as the rescue system sees it. Text is trimmed; an empty value is null.</summary>
public sealed record BlockDevice
{
    /// <summary>Kernel name without <c>/dev/</c>. For people and logs; it identifies nothing.</summary>
    public required string Name { get; init; }

    public required long SizeBytes { get; init; }

    public required int LogicalSectorBytes { get; init; }

    public required int PhysicalSectorBytes { get; init; }

    public string? Model { get; init; }

    public string? Vendor { get; init; }

    public string? Serial { get; init; }

    public string? Wwn { get; init; }

    /// <summary>nvme, sata, sas, usb, virtio …; null when the kernel does not say.</summary>
    public string? Transport { get; init; }

    public bool Rotational { get; init; }

    public bool Removable { get; init; }

    public bool ReadOnly { get; init; }

    /// <summary>SCSI address <c>host:channel:target:lun</c>; null for NVMe and virtio.</summary>
    public string? Hctl { get; init; }

    /// <summary>Path below <c>/sys/devices</c>, e.g. <c>/pci0000:00/0000:00:03.0/nvme/nvme0</c>.</summary>
    public string? BusPath { get; init; }

    public string? Modalias { get; init; }

    public string? Uuid { get; init; }

    /// <summary>Links in <c>/dev/disk/by-id</c> that point at the whole disk, names only, sorted.</summary>
    public IReadOnlyList<string> ByIdLinks { get; init; } = [];

    /// <summary>Every partition that any table of the disk or the kernel knows; <see cref="Partition.Table"/> says which.</summary>
    public IReadOnlyList<Partition> Partitions { get; init; } = [];

    /// <summary>The first sector holds code that BIOS firmware would start (its first 440 bytes are not all zero, and it is marked as bootable).</summary>
    public bool BootCode { get; init; }

    /// <summary>What the disk says of its own health; null where nobody could be asked.</summary>
    public SmartHealth? Smart { get; init; }

    /// <summary>What low-level probing found on the whole disk (not inside partitions).</summary>
    public IReadOnlyList<Signature> Signatures { get; init; } = [];

    /// <summary>Kernel devices stacked on the disk or one of its partitions, at any depth, sorted by name.</summary>
    public IReadOnlyList<StackedDevice> Holders { get; init; } = [];

    /// <summary>Mount points (or <c>[SWAP]</c>) of the disk, its partitions or their holders, sorted.</summary>
    public IReadOnlyList<string> Mounts { get; init; } = [];

    public DiskIdentity Identity => new(Serial, Wwn, SizeBytes);
}

/// <summary>One partition. Offsets and sizes in bytes.</summary>
public sealed record Partition
{
    public required int Number { get; init; }

    public required long OffsetBytes { get; init; }

    public required long SizeBytes { get; init; }

    /// <summary>GPT type GUID, upper case; or the MBR type as two hex digits.</summary>
    public string? Type { get; init; }

    /// <summary>GPT partition name (Talos finds META, STATE and EPHEMERAL by it); null in an MBR table.</summary>
    public string? Label { get; init; }

    public string? PartUuid { get; init; }

    /// <summary>One of <see cref="PartitionTables"/>: whose word it is that the partition exists.</summary>
    public string Table { get; init; } = PartitionTables.Gpt;

    public IReadOnlyList<Signature> Signatures { get; init; } = [];
}

/// <summary>Values of <see cref="Partition.Table"/>.</summary>
public static class PartitionTables
{
    /// <summary>The primary GPT.</summary>
    public const string Gpt = "gpt";

    /// <summary>Only the GPT at the disk's end: the primary is gone, or has no such entry.</summary>
    public const string GptBackup = "gpt-backup";

    public const string Mbr = "mbr";

    /// <summary>Only the kernel, which keeps the partitions of a table that was overwritten below it.</summary>
    public const string Kernel = "kernel";
}

/// <summary>A kernel device built on a disk: an array, a logical volume, an opened encrypted volume.</summary>
/// <param name="Name">Kernel name (md127, dm-0); it identifies nothing.</param>
/// <param name="Kind"><c>raid0</c>, <c>raid1</c> … (the md level), <c>lvm</c>, <c>crypt</c>, <c>dm</c>, <c>bcache</c>, <c>drbd</c>; null when the kernel does not say.</param>
/// <param name="Title">Array name, <c>volume group/logical volume</c>, or mapper name.</param>
/// <param name="Uuid">Array or mapper uuid, as the kernel writes it.</param>
public sealed record StackedDevice(string Name, string? Kind = null, string? Title = null, string? Uuid = null)
{
    public override string ToString() => Title is null ? Name : $"{Name} ({(Kind is null ? "" : Kind + " ")}{Title})";
}

/// <summary>A disk's own verdict on itself, as smartctl reports it.</summary>
/// <param name="Passed">False when the disk expects to fail.</param>
/// <param name="Reason">What speaks against it: <c>critical warning 0x04</c>, <c>FAILED</c>; null when it passed.</param>
public sealed record SmartHealth(bool Passed, string? Reason = null);

/// <summary>A mark that some software left: a file system, a RAID member, a partition table, an encrypted volume.</summary>
/// <param name="Kind">Stable lower-case name, as blkid spells it where blkid knows it: <c>gpt</c>, <c>dos</c>, <c>ext4</c>,
/// <c>xfs</c>, <c>vfat</c>, <c>btrfs</c>, <c>linux_raid_member</c>, <c>lvm2_member</c>, <c>zfs_member</c>, <c>crypto_luks</c>,
/// <c>ceph_bluestore</c>, <c>swap</c>, <c>iso9660</c>, <c>drbd</c>, <c>bcache</c>, <c>talosmeta</c>.</param>
/// <param name="OffsetBytes">Where it lies, from the start of the whole disk.</param>
/// <param name="Label">Volume label, array, pool or volume group name, or the uuid where there is no name.</param>
/// <param name="Uuid">As its owner writes it, when the mark carries one.</param>
/// <param name="Version">Of the format, where that matters: <c>0.90</c>, <c>1.0</c>, <c>1.1</c>, <c>1.2</c> of md, <c>1</c> or <c>2</c> of LUKS.</param>
public sealed record Signature(string Kind, long OffsetBytes, string? Label = null, string? Uuid = null, string? Version = null);
