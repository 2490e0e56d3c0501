using Kronform.Provision.Protocol;

namespace Kronform.Provision.Provisioner.Tests.Disks.RandomMachines;

/// <summary>Single changes of a disk: those that make it another decision, and those that a reboot makes by itself.</summary>
internal static class Changes
{
    public static IReadOnlyList<(string Name, Func<BlockDevice, BlockDevice> Make)> ThatMatter { get; } =
    [
        ("size", d => d with { SizeBytes = d.SizeBytes + 512 }),
        ("serial", d => d with { Serial = d.Serial + "Y" }),
        ("wwn", d => d with { Wwn = d.Wwn + "f" }),
        ("model", d => d with { Model = d.Model + "Z" }),
        ("sector size", d => d with { LogicalSectorBytes = d.LogicalSectorBytes * 2 }),
        ("rotational", d => d with { Rotational = !d.Rotational }),
        ("removable", d => d with { Removable = !d.Removable }),
        ("read-only", d => d with { ReadOnly = !d.ReadOnly }),
        ("transport", d => d with { Transport = d.Transport + "x" }),
        ("boot code", d => d with { BootCode = !d.BootCode }),
        ("health", d => d with { Smart = new SmartHealth(d.Smart is { Passed: false }) }),
        ("a mark more", d => d with { Signatures = [.. d.Signatures, new Signature("ext4", 1080)] }),
        ("a mark less", d => d.Signatures.Count == 0 ? Grown(d) : d with { Signatures = [.. d.Signatures.Skip(1)] }),
        ("the place of marks", d => Marks(d, s => s with { OffsetBytes = s.OffsetBytes + 1 })),
        ("the label of marks", d => Marks(d, s => s with { Label = s.Label + "1" })),
        ("the uuid of marks", d => Marks(d, s => s with { Uuid = s.Uuid + "1" })),
        ("the version of marks", d => Marks(d, s => s with { Version = s.Version + "1" })),
        ("a partition more", d => d with { Partitions = [.. d.Partitions, new Partition { Number = 99, OffsetBytes = 1, SizeBytes = 2 }] }),
        ("the number of partitions", d => Partitions(d, p => p with { Number = p.Number + 50 })),
        ("the place of partitions", d => Partitions(d, p => p with { OffsetBytes = p.OffsetBytes + 512 })),
        ("the size of partitions", d => Partitions(d, p => p with { SizeBytes = p.SizeBytes + 512 })),
        ("the type of partitions", d => Partitions(d, p => p with { Type = p.Type + "0" })),
        ("the name of partitions", d => Partitions(d, p => p with { Label = p.Label + "x" })),
        ("the PARTUUID of partitions", d => Partitions(d, p => p with { PartUuid = p.PartUuid + "x" })),
        ("the table of partitions", d => Partitions(d, p => p with { Table = p.Table == PartitionTables.Gpt ? PartitionTables.GptBackup : PartitionTables.Gpt })),
        ("a mark in partitions", d => Partitions(d, p => p with { Signatures = [.. p.Signatures, new Signature("ext4", 99)] })),
        ("the uuid of holders", d => d.Holders.Count == 0 ? Grown(d) : d with { Holders = [.. d.Holders.Select(h => h with { Uuid = h.Uuid + "1" })] }),
        ("a holder", d => d with { Holders = [.. d.Holders, new StackedDevice("md9", "raid1", "h:9")] }),
        ("a mount", d => d with { Mounts = [.. d.Mounts, "/other"] }),
    ];

    public static IReadOnlyList<(string Name, Func<BlockDevice, BlockDevice> Make)> OfNoMatter { get; } =
    [
        ("name", d => d with { Name = "other" + d.Name }),
        ("links", d => d with { ByIdLinks = ["wwn-other"] }),
        ("path", d => d with { BusPath = "/pci0000:ff" }),
        ("address", d => d with { Hctl = "7:0:0:0" }),
        ("names of holders", d => d with { Holders = [.. d.Holders.Select(h => h with { Name = h.Name + "9" })] }),
        ("the order of what is on it", d => d with { Signatures = [.. d.Signatures.Reverse()], Partitions = [.. d.Partitions.Reverse()], Mounts = [.. d.Mounts.Reverse()] }),
    ];

    private static BlockDevice Marks(BlockDevice disk, Func<Signature, Signature> change) =>
        disk.Signatures.Count == 0 ? Grown(disk) : disk with { Signatures = [.. disk.Signatures.Select(change)] };

    private static BlockDevice Partitions(BlockDevice disk, Func<Partition, Partition> change) =>
        disk.Partitions.Count == 0 ? Grown(disk) : disk with { Partitions = [.. disk.Partitions.Select(change)] };

    /// <summary>For a disk that has nothing of the kind to change.</summary>
    private static BlockDevice Grown(BlockDevice disk) => disk with { SizeBytes = disk.SizeBytes + 512 };
}
