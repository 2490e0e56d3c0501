using System.Globalization;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks.Inventories;

/// <summary>
/// From lsblk's rows to disks. lsblk sees less than the agent: only one mark of each device and not where it lies, so a clean answer
/// from here is weaker than one from the agent.
/// </summary>
internal static class LsblkDisks
{
    private const int TableSectorBytes = 512;
    private const string NotSaved = "the file does not tell what is on it";

    /// <param name="rows">Devices at the top of the tree, or all of them in a list.</param>
    /// <param name="form">What the file is, for the report.</param>
    /// <param name="isList">The form has no tree.</param>
    public static DiskInventory Of(IReadOnlyList<LsblkRow> rows, string form, bool isList)
    {
        var tree = LsblkTree.Of(rows, isList);
        var columns = tree.Concat(tree.SelectMany(r => r.Descendants())).SelectMany(r => r.Columns).ToHashSet(StringComparer.Ordinal);
        if (rows.Count > 0 && !columns.Contains("type"))
            throw new FormatException($"{rows[0].Place}: the column TYPE is missing, so disks and partitions cannot be told apart; save lsblk -J -b -O");
        bool told = columns.Contains("fstype");
        var disks = tree.Where(IsWholeDisk).OrderBy(r => r.Name, StringComparer.Ordinal).ToList();
        return new DiskInventory
        {
            Found = InventoryState.File,
            Evidence = form,
            Contents = told ? InventoryContents.Partial : InventoryContents.NotTold,
            Guesses = LsblkGuesses.Of(disks, columns, told),
            Disks = [.. disks.Select(d => ToDevice(d, told))],
        };
    }

    /// <summary>zram, nbd and ram devices also call themselves disks.</summary>
    private static bool IsWholeDisk(LsblkRow row) => row.Type == "disk"
        && !row.Name.StartsWith("zram", StringComparison.Ordinal) && !row.Name.StartsWith("nbd", StringComparison.Ordinal)
        && !row.Name.StartsWith("ram", StringComparison.Ordinal) && row.Size() > 0;

    private static BlockDevice ToDevice(LsblkRow row, bool told)
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
            Hctl = row.Text("hctl"),
            Rotational = row.Flag("rota"),
            Removable = row.Flag("rm"),
            ReadOnly = row.Flag("ro"),
            Partitions = [.. row.Children.Where(c => c.Type == "part").Select(ToPartition).OrderBy(p => p.Number)],
            Signatures = told ? [.. SignaturesOf(row, 0), .. TableOf(row)] : [DiskInventory.UnknownContents(NotSaved)],
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
            Table = row.Text("pttype") == "dos" ? PartitionTables.Mbr : PartitionTables.Gpt,
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
    internal static string? TransportOfName(string name) =>
        name.StartsWith("nvme", StringComparison.Ordinal) ? "nvme"
        : name.StartsWith("mmcblk", StringComparison.Ordinal) ? "mmc"
        : name.StartsWith("vd", StringComparison.Ordinal) ? "virtio" : null;

    private static long? NumberOfName(string name)
    {
        var digits = name[(name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9').Length)..];
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}
