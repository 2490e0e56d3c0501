using Kronform.Provision.Agent.Inventory.Signatures;
using Kronform.Provision.Agent.Inventory.Tables;
using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Inventory;

/// <summary>
/// The partitions of a disk as its tables have them and as the kernel has them. All are kept where they differ: the kernel
/// ignores a table whose primary copy is gone, which Talos or firmware may yet believe; a repair tool revives what
/// only the backup has; and the kernel keeps partitions of a table that was overwritten below it.
/// </summary>
internal static class PartitionReader
{
    public static IReadOnlyList<Partition> Read(
        IDiskDevice device, IReadOnlyList<(string Name, int Number, long OffsetBytes, long SizeBytes)> known)
    {
        var tables = FromEveryTable(device);
        var onlyKernel = known
            .Where(kernel => !tables.Any(entry => entry.Number == kernel.Number && entry.OffsetBytes == kernel.OffsetBytes
                && (entry.SizeBytes == kernel.SizeBytes || IsExtended(entry))))
            .Select(kernel => new Partition
            {
                Number = kernel.Number,
                OffsetBytes = kernel.OffsetBytes,
                SizeBytes = kernel.SizeBytes,
                Table = PartitionTables.Kernel,
            });
        return [.. tables.Concat(onlyKernel)
            .OrderBy(partition => partition.Number).ThenBy(partition => partition.OffsetBytes).ThenBy(partition => partition.Table, StringComparer.Ordinal)
            .Select(partition => partition with { Signatures = Signatures(device, partition) })];
    }

    /// <summary>
    /// Those of the one table that a reader would believe: the primary GPT, else the backup at the disk's end, else the MBR.
    /// Never throws for what is on the disk, nor for what cannot be read.
    /// </summary>
    public static IReadOnlyList<Partition> FromTable(IDiskDevice device) => Attempt(device, Reader(device), reader =>
        GptTable.Read(reader, device.SizeBytes, device.LogicalSectorBytes) is { } gpt
            ? OfGpt(gpt, gpt.IsPrimary ? PartitionTables.Gpt : PartitionTables.GptBackup)
            : OfMbr(reader, device));

    /// <summary>Those of every table there is, none twice. Never throws for what is on the disk, nor for what cannot be read.</summary>
    public static IReadOnlyList<Partition> FromEveryTable(IDiskDevice device)
    {
        var found = new List<Partition>();
        var bytes = Reader(device);
        // Each table by itself: where one cannot be read the other still counts.
        found.AddRange(Attempt(device, bytes, reader => OfEveryGpt(reader, device)));
        // Beside a GPT only entries for other places: a hybrid table repeats some, a protective one covers the whole disk.
        found.AddRange(Attempt(device, bytes, reader => OfMbr(reader, device))
            .Where(entry => !found.Any(other => other.OffsetBytes == entry.OffsetBytes && other.SizeBytes == entry.SizeBytes)));
        return found;
    }

    private static List<Partition> OfEveryGpt(ByteReader reader, IDiskDevice device)
    {
        var (primary, backups) = GptTable.ReadAll(reader, device.SizeBytes, device.LogicalSectorBytes);
        List<Partition> found = primary is null ? [] : [.. OfGpt(primary, PartitionTables.Gpt)];
        foreach (var backup in backups)
            foreach (var entry in OfGpt(backup, PartitionTables.GptBackup))
                if (!found.Any(other => IsSame(other, entry))) found.Add(entry);
        return found;
    }

    /// <summary>In all that names a partition. The number is only the place in the list.</summary>
    private static bool IsSame(Partition a, Partition b) =>
        (a.Type, a.PartUuid, a.OffsetBytes, a.SizeBytes, a.Label) == (b.Type, b.PartUuid, b.OffsetBytes, b.SizeBytes, b.Label);

    private static Partition[] OfGpt(GptTable gpt, string table) =>
        [.. gpt.Entries.Select(entry => new Partition
        {
            Number = entry.Number,
            OffsetBytes = entry.OffsetBytes,
            SizeBytes = entry.SizeBytes,
            Type = entry.Type.ToString().ToUpperInvariant(),
            Label = entry.Name,
            PartUuid = entry.Unique.ToString(),
            Table = table,
        })];

    private static Partition[] OfMbr(ByteReader reader, IDiskDevice device)
    {
        var number = BitConverter.ToUInt32(reader(440, 4));
        return [.. (MbrTable.Read(reader, device.SizeBytes, device.LogicalSectorBytes) ?? [])
            .Where(entry => entry.Type != MbrTable.Protective)
            .Select(entry => new Partition
            {
                Number = entry.Number,
                OffsetBytes = entry.OffsetBytes,
                SizeBytes = entry.SizeBytes,
                Type = $"{entry.Type:x2}",
                PartUuid = $"{number:x8}-{entry.Number:x2}",
                Table = PartitionTables.Mbr,
            })];
    }

    private static ByteReader Reader(IDiskDevice device) => new VolumeBytes(device, 0, device.SizeBytes).Reader;

    private static IReadOnlyList<Partition> Attempt(IDiskDevice device, ByteReader reader, Func<ByteReader, IReadOnlyList<Partition>> read)
    {
        if (device.SizeBytes < 4096) return [];
        try
        {
            return read(reader);
        }
        catch (DiskIoException)
        {
            // The signature probe reports the unreadable place; the partitions the kernel knows are still listed.
            return [];
        }
    }

    private static IReadOnlyList<Signature> Signatures(IDiskDevice device, Partition partition) =>
        IsExtended(partition) || partition.OffsetBytes >= device.SizeBytes || partition.SizeBytes <= 0
            ? []
            : SignatureProbe.Probe(device, partition.OffsetBytes, partition.SizeBytes, wholeDisk: false);

    private static bool IsExtended(Partition partition) => partition is { Table: PartitionTables.Mbr, Type: "05" or "0f" or "85" };
}
