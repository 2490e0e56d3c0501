namespace Kronform.Provision.Protocol;

/// <summary>Everything the agent saw of one machine, taken in one pass.</summary>
public sealed record HostInventory
{
    public required RescueEvidence Rescue { get; init; }

    /// <summary><c>/proc/sys/kernel/random/boot_id</c>: a reboot is believed when this changed.</summary>
    public required string BootId { get; init; }

    /// <summary><c>uefi</c> when <c>/sys/firmware/efi</c> exists, else <c>bios</c>.</summary>
    public required string Firmware { get; init; }

    /// <summary>Hardware addresses of physical network interfaces, lower case with colons.</summary>
    public required IReadOnlyList<string> MacAddresses { get; init; }

    /// <summary>SMBIOS system uuid and serial; null where the firmware gives none.</summary>
    public string? SystemUuid { get; init; }

    public string? SystemSerial { get; init; }

    /// <summary>Whole disks only (no partitions, loop, ram, zram, sr, md, dm), in kernel name order.</summary>
    public required IReadOnlyList<BlockDevice> Disks { get; init; }
}

/// <summary>Why the agent believes it runs in a rescue system: a reachable root shell proves nothing.</summary>
public sealed record RescueEvidence
{
    public required string Hostname { get; init; }

    /// <summary>File system of <c>/</c> (tmpfs, rootfs, overlay, ext4 …).</summary>
    public required string RootFileSystem { get; init; }

    /// <summary><c>/etc/hetzner-build</c> exists.</summary>
    public required bool HetznerBuildFile { get; init; }
}
