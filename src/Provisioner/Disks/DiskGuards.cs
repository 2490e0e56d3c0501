using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks;

/// <summary>Everything that speaks against writing to a disk, whether or not it was selected.</summary>
public static class DiskGuards
{
    /// <summary>The only sector size of the released images; on another the table is not understood and nothing boots (siderolabs/talos #10097).</summary>
    public const int ImageSectorBytes = 512;

    /// <param name="disk">The disk to judge.</param>
    /// <param name="all">Every disk of the machine, this very record among them, for identities that occur twice.</param>
    /// <param name="imageBytes">Size of the expanded image; null when not known yet.</param>
    public static IReadOnlyList<DiskFinding> Find(BlockDevice disk, IReadOnlyList<BlockDevice> all, long? imageBytes) =>
        [.. Data(disk), .. Use(disk), .. Hardware(disk, all, imageBytes)];

    private static IEnumerable<DiskFinding> Data(BlockDevice disk)
    {
        var ceph = disk.Holders.FirstOrDefault(h => DataSignatures.IsCephVolumeGroup(h.Title));
        foreach (var signature in disk.Signatures.Where(s => !DataSignatures.IsTable(s)))
            yield return DataSignatures.Finding(signature, cephVolume: ceph is not null);

        var installed = disk.Partitions.Where(p => p.Label is "STATE" or "EPHEMERAL" && TalosLayout.Owns(disk, p)).ToList();
        if (installed.Count > 0)
            yield return new DiskFinding("talos.state", FindingKind.Data,
                $"an installed Talos ({string.Join(", ", installed.Select(p => $"{p.Label} is {Place(p)}"))})");

        var foreign = disk.Partitions.Where(p => !TalosLayout.Owns(disk, p)).ToList();
        foreach (var partition in foreign)
        {
            foreach (var signature in partition.Signatures.Where(s => !DataSignatures.IsTable(s)))
                yield return DataSignatures.Finding(signature, partition, ceph is not null);
        }

        // The kernel still runs the volume, whether or not its mark is left.
        if (ceph is not null && !disk.Signatures.Concat(foreign.SelectMany(p => p.Signatures)).Any(s => DataSignatures.Kind(s) is "ceph_lvm" or "lvm2_member"))
            yield return new DiskFinding("data.ceph-lvm", FindingKind.Data, $"the volume of a Ceph OSD runs on it ({Describe(ceph)})");

        if (foreign.Count > 0)
            yield return new DiskFinding("data.partitions", FindingKind.Data,
                $"{foreign.Count} {(foreign.Count == 1 ? "partition" : "partitions")} ({string.Join(", ", foreign.Select(Describe))})");
    }

    private static IEnumerable<DiskFinding> Use(BlockDevice disk)
    {
        foreach (var mount in disk.Mounts.Order(StringComparer.Ordinal))
            yield return mount == "[SWAP]"
                ? new DiskFinding("use.swap", FindingKind.Use, "in use as swap space; run swapoff")
                : new DiskFinding("use.mounted", FindingKind.Use, $"mounted on {mount}; unmount it");
        if (disk.Holders.Count > 0)
            yield return new DiskFinding("use.held", FindingKind.Use,
                $"held by {string.Join(", ", disk.Holders.OrderBy(h => h.Name, StringComparer.Ordinal).Select(Describe))}; stop the array or volume group");
    }

    private static IEnumerable<DiskFinding> Hardware(BlockDevice disk, IReadOnlyList<BlockDevice> all, long? imageBytes)
    {
        if (disk.ReadOnly) yield return new DiskFinding("disk.read-only", FindingKind.Disk, "read-only");
        if (disk.Removable || disk.Transport == "usb")
            yield return new DiskFinding("disk.removable", FindingKind.Disk, "removable or attached by USB");
        // The vKVM console shows a server's real disks through QEMU under this model; what is written there is not what it seems.
        if (disk.Model?.Replace('_', ' ').StartsWith("QEMU HARDDISK", StringComparison.Ordinal) == true)
            yield return new DiskFinding("disk.virtual", FindingKind.Disk, "a virtual disk (QEMU HARDDISK), as the vKVM console shows them");
        if (disk.LogicalSectorBytes != ImageSectorBytes)
            yield return new DiskFinding("disk.sector-size", FindingKind.Disk,
                $"logical sectors of {disk.LogicalSectorBytes} bytes, the image has {ImageSectorBytes}");
        if (imageBytes > disk.SizeBytes)
            yield return new DiskFinding("disk.too-small", FindingKind.Disk, $"{disk.SizeBytes} bytes, the image has {imageBytes}");
        if (disk.Smart is { Passed: false } smart)
            yield return new DiskFinding("disk.smart-failing", FindingKind.Disk, $"the disk reports that it is failing ({smart.Reason ?? "SMART"})");
        if (disk.Serial is null && disk.Wwn is null)
            yield return new DiskFinding("disk.no-identity", FindingKind.Disk, "neither serial nor WWN (udev may not have settled yet)");
        else if (all.Any(other => !ReferenceEquals(other, disk) && other.Serial == disk.Serial && other.Wwn == disk.Wwn && other.SizeBytes == disk.SizeBytes))
            yield return new DiskFinding("disk.same-identity", FindingKind.Disk, "the serial, WWN and size of another disk");
    }

    internal static string Place(Partition partition) =>
        $"partition {partition.Number}{(partition.OffsetBytes == 0 ? "" : $", byte {partition.OffsetBytes}")}{OnlyIn(partition)}";

    internal static string Describe(Partition partition) =>
        $"{partition.Number}{(partition.Label is null ? "" : " " + partition.Label)} {ByteCount.Text(partition.SizeBytes)}{OnlyIn(partition)}";

    /// <summary>Whose word it is that the partition exists, where that is not the table everybody reads.</summary>
    internal static string OnlyIn(Partition partition) => partition.Table switch
    {
        PartitionTables.GptBackup => ", only the table at the disk's end has it",
        PartitionTables.Kernel => ", only the kernel still knows it",
        _ => "",
    };

    private static string Describe(StackedDevice holder) => holder.Uuid is null ? holder.ToString() : $"{holder}, uuid {holder.Uuid}";
}
