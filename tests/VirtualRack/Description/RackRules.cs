using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Kronform.Provision.VirtualRack.Description;

/// <summary>What a rack must be for QEMU to build it and for its identities to be worth something.</summary>
internal static partial class RackRules
{
    public static IEnumerable<string> Problems(RackDescription rack)
    {
        if (rack.Nodes.Count == 0)
            yield return "nodes: a rack needs at least one";
        else if (rack.Nodes[0].Worker)
            yield return "nodes: the first one is bootstrapped, so it cannot be a worker";
        foreach (var problem in Repeated("node name", rack.Nodes.Select(n => n.Name))
            .Concat(Repeated("server number", rack.Nodes.Select(n => n.Server.ToString())))
            .Concat(Repeated("address", rack.Nodes.Select(n => n.Address.ToString())))
            .Concat(Repeated("serial", rack.Nodes.SelectMany(n => n.Disks).Select(d => d.Serial)))
            .Concat(Repeated("wwn", rack.Nodes.SelectMany(n => n.Disks).Where(d => d.Wwn is not null).Select(d => d.Wwn!))))
            yield return problem;
        foreach (var problem in rack.Nodes.SelectMany(n => Problems(n).Select(p => $"node {n.Name}: {p}")))
            yield return problem;
    }

    private static IEnumerable<string> Problems(NodeDescription node)
    {
        if (!NodeName().IsMatch(node.Name))
            yield return "name must be 1 to 10 small letters, digits and hyphens (it becomes part of a network device's name)";
        if (node.Server <= 0)
            yield return "server must be a positive number";
        var address = node.Address.GetAddressBytes();
        if (node.Address.AddressFamily != AddressFamily.InterNetwork || address is not [10, 77, 0, > 1 and < 255])
            yield return "address must lie in 10.77.0.2 to 10.77.0.254";
        var least = node.Firmware == Firmware.Uefi ? 768 : 512;
        if (node.MemoryMiB < least)
            yield return $"memory must be at least {least} (MiB), else the rescue does not unpack";
        if (node.Disks.Count == 0)
            yield return "disks: at least one is needed";
        foreach (var problem in Repeated("disk name", node.Disks.Select(d => d.Name)))
            yield return problem;
        if (node.Disks.Count(d => d.Bus == DiskBus.Sata) > 6)
            yield return "disks: the controller has six SATA ports";
        if (node.Disks.Count(d => d.Bus != DiskBus.Sata) > 12)
            yield return "disks: at most twelve NVMe and virtio disks have slots";
        foreach (var problem in node.Disks.SelectMany(d => Problems(d).Select(p => $"disk {d.Name}: {p}")))
            yield return problem;
    }

    private static IEnumerable<string> Problems(DiskDescription disk)
    {
        if (!DiskName().IsMatch(disk.Name))
            yield return "name must be small letters, digits and hyphens";
        if (disk.SectorSize is not (512 or 4096))
            yield return "sector-size must be 512 or 4096";
        else if (disk.SizeBytes <= 0 || disk.SizeBytes % disk.SectorSize != 0)
            yield return $"size must be a positive multiple of {disk.SectorSize} bytes";
        if (disk.SectorSize == 4096 && disk.Bus == DiskBus.Sata)
            yield return "sector-size 4096 is not to be had on SATA; use nvme or virtio";
        if (disk.PhysicalSectorSize is not (512 or 4096) || disk.PhysicalSectorSize < disk.SectorSize)
            yield return "physical-sector-size must be 512 or 4096 and not less than sector-size";
        foreach (var fault in disk.Faults.Where(f => f.AtBytes < 0 || f.AtBytes >= disk.SizeBytes))
            yield return $"faults: byte {fault.AtBytes} does not lie on the disk";
        if (disk.RecordWrites && disk.Faults.Count > 0)
            yield return "record-writes and faults exclude each other";
        if (!Serial().IsMatch(disk.Serial))
            yield return "serial must be 1 to 20 letters, digits, - and _";
        if (disk.Bus != DiskBus.Sata && (disk.Wwn ?? disk.Model) is not null)
            yield return "wwn and model can be chosen on SATA only";
        if (disk.Bus != DiskBus.Sata && disk.Rotational)
            yield return "rotational is for SATA only";
        if (disk.Wwn is not null && !Wwn().IsMatch(disk.Wwn))
            yield return "wwn must be 16 small hexadecimal digits, without 0x";
        if (disk.Model is { Length: > 40 or 0 })
            yield return "model must have 1 to 40 characters";
        if (disk.Model?.Contains(',', StringComparison.Ordinal) == true)
            yield return "model must not contain a comma";
        if (disk.Fill is not DiskFill.None && disk.SizeBytes < 1L << 30)
            yield return "fill needs a disk of at least 1 GiB";
        if (disk.FillFrom is not null && disk.Fill is not (DiskFill.Ext4 or DiskFill.TalosStale))
            yield return "fill-from goes with fill ext4 or talos-stale";
        if (disk.FillFrom is not null && !Directory.Exists(disk.FillFrom))
            yield return $"fill-from: there is no folder {disk.FillFrom}";
    }

    private static IEnumerable<string> Repeated(string what, IEnumerable<string> values) =>
        values.GroupBy(v => v).Where(g => g.Count() > 1).Select(g => $"{what} {g.Key} is used {g.Count()} times");

    [GeneratedRegex("^[a-z0-9-]{1,10}$")]
    private static partial Regex NodeName();

    [GeneratedRegex("^[a-z0-9-]{1,30}$")]
    private static partial Regex DiskName();

    [GeneratedRegex("^[A-Za-z0-9_-]{1,20}$")]
    private static partial Regex Serial();

    [GeneratedRegex("^[0-9a-f]{16}$")]
    private static partial Regex Wwn();
}
