using Kronform.Provision.Agent.Inventory.Signatures;
using Kronform.Provision.Agent.Inventory.Tables;
using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Inventory;

/// <summary>
/// The partitions of a disk as its table has them and as the kernel has them. Both are kept where they differ: the kernel
/// ignores a table whose primary copy is gone, which Talos or firmware may yet believe; and it keeps partitions of a
/// table that was overwritten below it.
/// </summary>
internal static class PartitionReader
{
    public static IReadOnlyList<Partition> Read(
        IDiskDevice device, IReadOnlyList<(string Name, int Number, long OffsetBytes, long SizeBytes)> known)
    {
        var table = FromTable(device);
        var onlyKernel = known
            .Where(kernel => !table.Any(entry => entry.Number == kernel.Number && entry.OffsetBytes == kernel.OffsetBytes
                && (entry.SizeBytes == kernel.SizeBytes || IsExtended(entry))))
            .Select(kernel => new Partition { Number = kernel.Number, OffsetBytes = kernel.OffsetBytes, SizeBytes = kernel.SizeBytes });
        return [.. table.Concat(onlyKernel).OrderBy(partition => partition.Number).ThenBy(partition => partition.OffsetBytes)
            .Select(partition => partition with { Signatures = Signatures(device, partition) })];
    }

    /// <summary>GPT if there is a sound one, else MBR. Never throws for what is on the disk, nor for what cannot be read.</summary>
    public static IReadOnlyList<Partition> FromTable(IDiskDevice device)
    {
        var reader = new VolumeBytes(device, 0, device.SizeBytes);
        try
        {
            if (device.SizeBytes < 4096) return [];
            if (GptTable.Read(reader.Reader, device.SizeBytes, device.LogicalSectorBytes) is { } gpt)
                return [.. gpt.Entries.Select(entry => new Partition
                {
                    Number = entry.Number,
                    OffsetBytes = entry.OffsetBytes,
                    SizeBytes = entry.SizeBytes,
                    Type = entry.Type.ToString().ToUpperInvariant(),
                    Label = entry.Name,
                    PartUuid = entry.Unique.ToString(),
                })];
            var signature = reader.Read(440, 4);
            return [.. (MbrTable.Read(reader.Reader, device.SizeBytes, device.LogicalSectorBytes) ?? [])
                .Where(entry => entry.Type != MbrTable.Protective)
                .Select(entry => new Partition
                {
                    Number = entry.Number,
                    OffsetBytes = entry.OffsetBytes,
                    SizeBytes = entry.SizeBytes,
                    Type = $"{entry.Type:x2}",
                    PartUuid = $"{BitConverter.ToUInt32(signature):x8}-{entry.Number:x2}",
                })];
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

    private static bool IsExtended(Partition partition) => partition.Type is "05" or "0f" or "85";
}
