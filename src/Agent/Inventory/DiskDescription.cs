using System.Text;
using System.Text.RegularExpressions;

namespace Kronform.Provision.Agent.Inventory;

/// <summary>
/// The texts that identify a disk, with the precedence of <c>lsblk</c> 2.38: what an operator typed from its output must match
/// here. Where udev has not (yet) anything to say, the kernel's own attributes answer.
/// </summary>
internal sealed partial record DiskDescription(
    string? Model, string? Vendor, string? Serial, string? Wwn, string? Transport, string? Hctl, string? BusPath, string? Modalias, string? Uuid)
{
    public static DiskDescription Of(HostRoots roots, DiskFolder disk)
    {
        var device = disk.DeviceFolder ?? disk.Folder;
        var busPath = BelowDevices(roots, device);
        return new DiskDescription(
            // The kernel's model first: of SATA disks it is the INQUIRY text cut to 16 characters, which is what lsblk in the
            // rescue system and Talos both show.
            Plain(ValueFile.Read(device, "model"))
                ?? Plain(disk.Udev["ID_MODEL_ENC"] is { } encoded ? UdevRecord.Decode(encoded) : null)
                ?? Plain(disk.Udev["ID_MODEL"]?.Replace('_', ' ')),
            Plain(ValueFile.Read(device, "vendor")),
            Plain(disk.Udev["ID_SCSI_SERIAL"] ?? disk.Udev["SCSI_IDENT_SERIAL"] ?? disk.Udev["ID_SERIAL_SHORT"])
                ?? Plain(ValueFile.Read(device, "serial"))
                ?? Plain(ValueFile.Read(disk.Folder, "serial"))
                ?? Plain(UnitSerial(device)),
            disk.Udev["ID_WWN_WITH_EXTENSION"] ?? disk.Udev["ID_WWN"] ?? KernelWwn(disk.Folder, device),
            TransportOf(roots, disk.Name, busPath),
            ScsiAddress().IsMatch(Path.GetFileName(device)) ? Path.GetFileName(device) : null,
            busPath,
            ValueFile.Read(device, "modalias"),
            ValueFile.Read(disk.Folder, "uuid"));
    }

    private static string? BelowDevices(HostRoots roots, string device)
    {
        var devices = Path.Combine(roots.Sys, "devices");
        return device.StartsWith(devices + "/", StringComparison.Ordinal) ? device[devices.Length..] : null;
    }

    private static string? TransportOf(HostRoots roots, string name, string? busPath)
    {
        if (name.StartsWith("nvme", StringComparison.Ordinal)) return "nvme";
        if (name.StartsWith("mmcblk", StringComparison.Ordinal)) return "mmc";
        if (name.StartsWith("vd", StringComparison.Ordinal)) return "virtio";
        if (busPath is null) return null;
        if (ScsiHost().Match(busPath) is { Success: true } host)
            foreach (var (kind, transport) in new[] { ("sas_host", "sas"), ("fc_host", "fc"), ("iscsi_host", "iscsi"), ("spi_host", "spi") })
                if (Directory.Exists(Path.Combine(roots.Sys, "class", kind, host.Groups[1].Value))) return transport;
        if (busPath.Contains("/usb", StringComparison.Ordinal)) return "usb";
        return AtaPort().IsMatch(busPath) ? "sata" : null;
    }

    /// <summary>NVMe: as lsblk prints it. SCSI: <c>naa.5…</c>, which udev writes as <c>0x5…</c>.</summary>
    private static string? KernelWwn(string folder, string device)
    {
        if (ValueFile.Read(folder, "wwid") is { } namespaceId) return namespaceId;
        return ValueFile.Read(device, "wwid") is { } id && id.StartsWith("naa.", StringComparison.Ordinal) ? "0x" + id[4..] : null;
    }

    /// <summary>The unit serial number page of a SCSI or SATA disk: four bytes of head, then the text.</summary>
    private static string? UnitSerial(string device)
    {
        try
        {
            var page = File.ReadAllBytes(Path.Combine(device, "vpd_pg80"));
            return page.Length > 4 ? Encoding.ASCII.GetString(page, 4, Math.Min(page.Length - 4, page[3])) : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Trimmed, runs of blanks as one, as lsblk does; null when nothing is left.</summary>
    private static string? Plain(string? text)
    {
        if (text is null) return null;
        var plain = string.Join(' ', text.Split((char[])[' ', '\t', '\0'], StringSplitOptions.RemoveEmptyEntries));
        return plain.Length == 0 ? null : plain;
    }

    [GeneratedRegex(@"/(host\d+)(/|$)")]
    private static partial Regex ScsiHost();

    /// <summary>A SCSI device's folder is named by host, channel, target and lun.</summary>
    [GeneratedRegex(@"^\d+:\d+:\d+:\d+$")]
    private static partial Regex ScsiAddress();

    [GeneratedRegex(@"/ata\d+/")]
    private static partial Regex AtaPort();
}
