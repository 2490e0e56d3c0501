using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks;

/// <summary>
/// A disk as Talos will describe it once it runs there, worked out from what the rescue system says. Selectors are written for
/// Talos, so they are evaluated against this view.
/// </summary>
public sealed record TalosDisk(BlockDevice Device)
{
    /// <summary>Kernel's field for the model of SCSI and SATA disks has 16 characters; udev, where lsblk may read, gives more.</summary>
    private const int ScsiModelLength = 16;

    /// <summary>Talos runs from it, or will once it is written.</summary>
    public bool IsSystemDisk { get; init; }

    public long Size => Device.SizeBytes;

    public string Model { get; } = ModelOf(Device);

    public string Serial => Device.Serial ?? "";

    public string Wwid { get; } = WwidOf(Device.Wwn);

    public string Transport { get; } = TransportOf(Device);

    public string Modalias => Device.Modalias ?? "";

    public string Uuid => Device.Uuid ?? "";

    public string BusPath => Device.BusPath ?? "";

    /// <summary>SATA and SAS: <c>0x5…</c> in the rescue system is <c>naa.5…</c> in Talos; NVMe identifiers are the same in both.</summary>
    public static string WwidOf(string? wwn)
    {
        if (string.IsNullOrWhiteSpace(wwn)) return "";
        var trimmed = wwn.Trim();
        return trimmed.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? "naa." + trimmed[2..].ToLowerInvariant() : trimmed;
    }

    /// <summary>Whether two spellings, each of the rescue system or of Talos, name one WWN.</summary>
    public static bool SameWwid(string left, string right) =>
        string.Equals(WwidOf(left), WwidOf(right), StringComparison.OrdinalIgnoreCase);

    private static string ModelOf(BlockDevice disk)
    {
        var model = (disk.Model ?? "").Trim();
        // udev writes underscores for blanks and pads with them; the kernel's field, which Talos reads, has blanks.
        if (!model.Contains(' ')) model = model.Replace('_', ' ').Trim();
        var scsi = TransportOf(disk) is "sata" or "ata" or "sas" or "scsi" or "usb" or "fc" or "iscsi";
        return scsi && model.Length > ScsiModelLength ? model[..ScsiModelLength].TrimEnd() : model;
    }

    private static string TransportOf(BlockDevice disk)
    {
        if (disk.Transport is { Length: > 0 } transport) return transport.ToLowerInvariant();
        var path = disk.BusPath ?? "";
        if (path.Contains("/nvme", StringComparison.Ordinal)) return "nvme";
        if (path.Contains("/usb", StringComparison.Ordinal)) return "usb";
        if (path.Contains("/ata", StringComparison.Ordinal)) return "sata";
        if (path.Contains("/virtio", StringComparison.Ordinal)) return "virtio";
        return path.Contains("/mmc", StringComparison.Ordinal) ? "mmc" : "";
    }
}
