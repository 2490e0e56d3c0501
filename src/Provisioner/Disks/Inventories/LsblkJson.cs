using System.Globalization;
using System.Text.Json;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks.Inventories;

/// <summary>
/// Reads <c>lsblk -J -b -O</c> (or any selection of its columns) saved from a rescue system. lsblk sees less than the agent: only
/// one signature of each device and no offsets, so a clean answer from here is weaker than one from the agent.
/// </summary>
public static class LsblkJson
{
    private const int TableSectorBytes = 512;

    /// <exception cref="FormatException">Not lsblk's JSON, or sizes for people instead of bytes.</exception>
    public static IReadOnlyList<BlockDevice> Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (!document.RootElement.TryGetProperty("blockdevices", out var devices) || devices.ValueKind != JsonValueKind.Array)
                throw new FormatException("it has no list \"blockdevices\"");
            return [.. devices.EnumerateArray().Select(d => new LsblkRow(d)).Where(IsWholeDisk).Select(ToDevice).OrderBy(d => d.Name, StringComparer.Ordinal)];
        }
        catch (JsonException error)
        {
            throw new FormatException("it is not JSON", error);
        }
    }

    /// <summary>zram, nbd and ram devices also call themselves disks.</summary>
    private static bool IsWholeDisk(LsblkRow row) => row.Type == "disk" && row.Size() > 0
        && !row.Name.StartsWith("zram", StringComparison.Ordinal) && !row.Name.StartsWith("nbd", StringComparison.Ordinal)
        && !row.Name.StartsWith("ram", StringComparison.Ordinal);

    private static BlockDevice ToDevice(LsblkRow row)
    {
        var descendants = row.Descendants().ToList();
        return new BlockDevice
        {
            Name = row.Name,
            SizeBytes = row.Size(),
            LogicalSectorBytes = (int)(row.Number("log-sec") ?? DiskGuards.ImageSectorBytes),
            PhysicalSectorBytes = (int)(row.Number("phy-sec") ?? DiskGuards.ImageSectorBytes),
            Model = row.Text("model"),
            Vendor = row.Text("vendor"),
            Serial = row.Text("serial"),
            Wwn = row.Text("wwn"),
            Transport = row.Text("tran") ?? TransportOfName(row.Name),
            Rotational = row.Flag("rota"),
            Removable = row.Flag("rm"),
            ReadOnly = row.Flag("ro"),
            Partitions = [.. row.Children().Where(c => c.Type == "part").Select(ToPartition).OrderBy(p => p.Number)],
            Signatures = [.. SignaturesOf(row, 0), .. TableOf(row)],
            Holders = [.. descendants.Where(d => d.Type != "part").Select(HolderOf).DistinctBy(h => h.Name).OrderBy(h => h.Name, StringComparer.Ordinal)],
            Mounts = [.. row.Mounts().Concat(descendants.SelectMany(d => d.Mounts())).Distinct().Order(StringComparer.Ordinal)],
        };
    }

    private static Partition ToPartition(LsblkRow row, int index)
    {
        var offset = (row.Number("start") ?? 0) * TableSectorBytes;
        return new Partition
        {
            Number = (int)(row.Number("partn") ?? NumberOfName(row.Name) ?? index + 1),
            OffsetBytes = offset,
            SizeBytes = row.Size(),
            Type = row.Text("parttype")?.ToUpperInvariant(),
            Label = row.Text("partlabel"),
            PartUuid = row.Text("partuuid"),
            Signatures = [.. SignaturesOf(row, offset)],
        };
    }

    private static StackedDevice HolderOf(LsblkRow row) => new(row.Name, row.Type, row.Text("name") is { } name && name != row.Name ? name : null);

    private static IEnumerable<Signature> SignaturesOf(LsblkRow row, long offset)
    {
        if (row.Text("fstype") is { } kind) yield return new Signature(kind.ToLowerInvariant(), offset, row.Text("label") ?? row.Text("uuid"));
    }

    private static IEnumerable<Signature> TableOf(LsblkRow row)
    {
        if (row.Text("pttype") is { } table) yield return new Signature(table.ToLowerInvariant(), table == "gpt" ? TableSectorBytes : 0);
    }

    /// <summary>The kernel gives these names to one kind of driver only; SCSI's sd names tell nothing.</summary>
    private static string? TransportOfName(string name) =>
        name.StartsWith("nvme", StringComparison.Ordinal) ? "nvme"
        : name.StartsWith("mmcblk", StringComparison.Ordinal) ? "mmc"
        : name.StartsWith("vd", StringComparison.Ordinal) ? "virtio" : null;

    private static long? NumberOfName(string name)
    {
        var digits = name[(name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9').Length)..];
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
