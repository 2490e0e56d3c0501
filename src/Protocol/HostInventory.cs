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

    /// <summary>What UEFI firmware would start; null on BIOS machines and where the variables cannot be read.</summary>
    public EfiBoot? EfiBoot { get; init; }

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

/// <summary>The firmware's boot entries (UEFI specification 3.1).</summary>
/// <param name="Current">Number of the entry that was started, four hex digits in upper case.</param>
/// <param name="Entries">In boot order; those that the order does not name come last.</param>
public sealed record EfiBoot(string? Current, IReadOnlyList<EfiBootEntry> Entries);

/// <param name="Number">Four hex digits in upper case, as efibootmgr prints it.</param>
/// <param name="Description">As the firmware shows it in its menu.</param>
/// <param name="Active">The firmware passes over entries that are not.</param>
/// <param name="Ordered">The boot order names it.</param>
/// <param name="Network">It starts from the network; such an entry first is what makes the rescue system reachable.</param>
/// <param name="PartUuid">PARTUUID of the partition it starts from, lower case; null for others.</param>
/// <param name="Path">File on that partition, with backslashes.</param>
public sealed record EfiBootEntry(string Number, string Description, bool Active, bool Ordered, bool Network, string? PartUuid = null, string? Path = null);
