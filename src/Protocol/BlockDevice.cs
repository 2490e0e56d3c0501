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

    /// <summary>Path below <c>/sys/devices</c>, e.g. <c>/pci0000:00/0000:00:03.0/nvme/nvme0</c>.</summary>
    public string? BusPath { get; init; }

    public string? Modalias { get; init; }

    public string? Uuid { get; init; }

    /// <summary>Links in <c>/dev/disk/by-id</c> that point at the whole disk, names only, sorted.</summary>
    public IReadOnlyList<string> ByIdLinks { get; init; } = [];

    public IReadOnlyList<Partition> Partitions { get; init; } = [];

    /// <summary>What low-level probing found on the whole disk (not inside partitions).</summary>
    public IReadOnlyList<Signature> Signatures { get; init; } = [];

    /// <summary>Kernel devices stacked on the disk or one of its partitions (md127, dm-0 …), sorted.</summary>
    public IReadOnlyList<string> Holders { get; init; } = [];

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

    public IReadOnlyList<Signature> Signatures { get; init; } = [];
}

/// <summary>A mark that some software left: a file system, a RAID member, a partition table, an encrypted volume.</summary>
/// <param name="Kind">Stable lower-case name, as blkid spells it where blkid knows it: <c>gpt</c>, <c>dos</c>, <c>ext4</c>,
/// <c>xfs</c>, <c>vfat</c>, <c>btrfs</c>, <c>linux_raid_member</c>, <c>lvm2_member</c>, <c>zfs_member</c>, <c>crypto_luks</c>,
/// <c>ceph_bluestore</c>, <c>swap</c>, <c>iso9660</c>, <c>drbd</c>, <c>bcache</c>, <c>talosmeta</c>.</param>
/// <param name="OffsetBytes">Where it lies, from the start of the whole disk.</param>
/// <param name="Label">Volume label, array name or uuid, when the mark carries one.</param>
public sealed record Signature(string Kind, long OffsetBytes, string? Label = null);
