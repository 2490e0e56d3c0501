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
        ("health", d => d with { Smart = new SmartHealth(d.Smart is not { Passed: true }) }),
        ("a mark more", d => d with { Signatures = [.. d.Signatures, new Signature("ext4", 1080)] }),
        ("a mark less", d => d.Signatures.Count == 0 ? d with { BootCode = !d.BootCode } : d with { Signatures = [.. d.Signatures.Skip(1)] }),
        ("a mark elsewhere", d => d with { Signatures = [.. d.Signatures, new Signature("ext4", 2104)] }),
        ("a mark's uuid", d => d with { Signatures = [.. d.Signatures.Select(s => s with { Uuid = s.Uuid + "1" }), new Signature("x", 1)] }),
        ("a partition more", d => d with { Partitions = [.. d.Partitions, new Partition { Number = 99, OffsetBytes = 1, SizeBytes = 2 }] }),
        ("a partition's name", d => d with { Partitions = [.. d.Partitions.Select(p => p with { Label = p.Label + "x" }), new Partition { Number = 98, OffsetBytes = 1, SizeBytes = 2, Label = "x" }] }),
        ("a partition's table", d => d with { Partitions = [.. d.Partitions, new Partition { Number = 99, OffsetBytes = 1, SizeBytes = 2, Table = PartitionTables.GptBackup }] }),
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
}
