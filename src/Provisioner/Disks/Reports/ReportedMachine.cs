using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks.Reports;

/// <summary>The machine besides its disks, as far as it decides what boots.</summary>
/// <param name="Firmware"><c>uefi</c> or <c>bios</c>, as the rescue system was booted.</param>
/// <param name="SystemUuid">SMBIOS; null where the firmware gives none.</param>
/// <param name="SystemSerial">SMBIOS; null where the firmware gives none.</param>
/// <param name="BootOrder">What UEFI firmware would try, first to last; null where it is not known.</param>
public sealed record ReportedMachine(string Firmware, string? SystemUuid, string? SystemSerial, IReadOnlyList<ReportedBootEntry>? BootOrder)
{
    internal static ReportedMachine Of(HostInventory host) => new(
        host.Firmware, host.SystemUuid, host.SystemSerial,
        host.EfiBoot is { } boot
            ? [.. boot.Entries.Where(e => e.Ordered && e.Active).Select(e => new ReportedBootEntry(e.Number, e.Description, e.Network, DiskOf(e, host)))]
            : null);

    private static string? DiskOf(EfiBootEntry entry, HostInventory host) => entry.PartUuid is null ? null
        : host.Disks.FirstOrDefault(d => d.Partitions.Any(p => string.Equals(p.PartUuid, entry.PartUuid, StringComparison.OrdinalIgnoreCase)))?.Name;
}

/// <param name="Number">Four hex digits.</param>
/// <param name="Description">As the firmware shows it.</param>
/// <param name="Network">It starts from the network.</param>
/// <param name="Disk">Kernel name of the disk it starts from; null for others, and for partitions that are gone.</param>
public sealed record ReportedBootEntry(string Number, string Description, bool Network, string? Disk)
{
    public override string ToString() => $"{Number} {Description}{(Network ? " (network)" : Disk is not null ? $" ({Disk})" : "")}";
}
