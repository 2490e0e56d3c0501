using System.Text;

namespace Kronform.Provision.TalosEmulator.Hardware;

/// <summary>The machine's own disks, read where Talos reads them: from /sys/block, not from udev.</summary>
internal static class SysfsDisks
{
    private const int KernelSectorBytes = 512;
    private const int VpdHeaderBytes = 4;

    public static IReadOnlyList<EmulatedDisk> Read(string blockFolder = "/sys/block") =>
        [.. Directory.EnumerateFileSystemEntries(blockFolder)
            .Select(ReadOne)
            .Where(d => d.Size > 0)
            .OrderBy(d => d.Name, StringComparer.Ordinal)];

    private static EmulatedDisk ReadOne(string folder)
    {
        var name = Path.GetFileName(folder);
        var target = Directory.ResolveLinkTarget(folder, returnFinalTarget: true)?.FullName ?? folder;
        return new EmulatedDisk
        {
            Name = name,
            Size = Number(folder, "size") * KernelSectorBytes,
            Model = Text(folder, "device/model"),
            Serial = FirstOf(Text(folder, "device/serial"), Text(folder, "serial"), VpdSerial(folder)),
            Wwid = FirstOf(Text(folder, "wwid"), Text(folder, "device/wwid")),
            Transport = Transport(name, target),
            BusPath = BusPath(target),
            SectorSize = (int)Number(folder, "queue/logical_block_size"),
            Rotational = Number(folder, "queue/rotational") == 1,
            Readonly = Number(folder, "ro") == 1,
            Cdrom = name.StartsWith("sr", StringComparison.Ordinal),
            Content = VolumeProbe.Read("/dev/" + name),
            Partitions = [.. Directory.EnumerateDirectories(folder).Where(f => File.Exists(Path.Combine(f, "partition"))).Select(ReadPartition).OrderBy(p => p.Index)],
        };
    }

    private static EmulatedVolume ReadPartition(string folder)
    {
        var name = Path.GetFileName(folder);
        var facts = Text(folder, "uevent").Split('\n');
        return new EmulatedVolume
        {
            Name = name,
            Index = (int)Number(folder, "partition"),
            Size = Number(folder, "size") * KernelSectorBytes,
            Offset = Number(folder, "start") * KernelSectorBytes,
            Label = Fact(facts, "PARTNAME"),
            PartUuid = Fact(facts, "PARTUUID"),
            Content = VolumeProbe.Read("/dev/" + name),
        };
    }

    private static string Fact(string[] facts, string name) =>
        facts.FirstOrDefault(f => f.StartsWith(name + "=", StringComparison.Ordinal)) is { } fact ? fact[(name.Length + 1)..] : "";

    private static string Transport(string name, string target) => name switch
    {
        _ when name.StartsWith("nvme", StringComparison.Ordinal) => "nvme",
        _ when name.StartsWith("mmcblk", StringComparison.Ordinal) => "mmc",
        _ when name.StartsWith("vd", StringComparison.Ordinal) => "virtio",
        _ when target.Contains("/usb", StringComparison.Ordinal) => "usb",
        _ when target.Contains("/ata", StringComparison.Ordinal) => "sata",
        _ when target.Contains("/virtio", StringComparison.Ordinal) => "virtio",
        _ when name.StartsWith("sd", StringComparison.Ordinal) || name.StartsWith("sr", StringComparison.Ordinal) => "scsi",
        _ => "",
    };

    private static string BusPath(string target)
    {
        var start = target.IndexOf("/devices/", StringComparison.Ordinal);
        var end = target.IndexOf("/block/", StringComparison.Ordinal);
        return start >= 0 && end > start ? target[(start + "/devices".Length)..end] : "";
    }

    // SCSI and ATA disks: vital product data page 0x80, unit serial number.
    private static string VpdSerial(string folder)
    {
        try
        {
            var page = File.ReadAllBytes(Path.Combine(folder, "device/vpd_pg80"));
            return page.Length > VpdHeaderBytes ? Clean(Encoding.ASCII.GetString(page.AsSpan(VpdHeaderBytes))) : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string FirstOf(params ReadOnlySpan<string> texts)
    {
        foreach (var text in texts)
        {
            if (text.Length > 0)
                return text;
        }

        return "";
    }

    private static string Text(string folder, string file)
    {
        try
        {
            return Clean(File.ReadAllText(Path.Combine(folder, file)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static long Number(string folder, string file) => long.TryParse(Text(folder, file), out var number) ? number : 0;

    private static string Clean(string text) => text.Trim('\0', ' ', '\n', '\t');
}
