using System.Reflection;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Inventory;

/// <summary>
/// What makes a disk another disk. Every member of the records is named here with what a change of it means, so that a new
/// one has to be thought about.
/// </summary>
public sealed class DiskStateTests
{
    private static readonly Signature Mark = new("ext4", 1080, "root", "11111111-2222-3333-4444-555555555555", "1");

    private static readonly Partition Part = new()
    {
        Number = 1,
        OffsetBytes = 1 << 20,
        SizeBytes = 2 << 20,
        Type = "0FC63DAF-8483-4772-8E79-3D69D8477DE4",
        Label = "STATE",
        PartUuid = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        Table = PartitionTables.Gpt,
        Signatures = [Mark],
    };

    private static readonly StackedDevice Holder = new("md127", "raid1", "rescue:0", "uuid");

    private static readonly BlockDevice Disk = new()
    {
        Name = "sda",
        SizeBytes = 1L << 40,
        LogicalSectorBytes = 512,
        PhysicalSectorBytes = 4096,
        Model = "SAMSUNG MZ7LM480",
        Vendor = "ATA",
        Serial = "S1",
        Wwn = "0x5",
        Transport = "sata",
        Hctl = "0:0:0:0",
        BusPath = "/pci0000:00/x",
        Modalias = "scsi:t-0x00",
        Uuid = "u",
        ByIdLinks = ["ata-x"],
        Partitions = [Part],
        Smart = new SmartHealth(true),
        Signatures = [Mark],
        Holders = [Holder],
        Mounts = ["/"],
    };

    /// <summary>Member, what it is changed to, and whether the disk is another one then.</summary>
    private static readonly (string Member, Func<BlockDevice, BlockDevice> Change, bool Matters)[] OfDisk =
    [
        ("Name", d => d with { Name = "sdb" }, false),
        ("SizeBytes", d => d with { SizeBytes = 1 }, true),
        ("LogicalSectorBytes", d => d with { LogicalSectorBytes = 4096 }, true),
        ("PhysicalSectorBytes", d => d with { PhysicalSectorBytes = 512 }, true),
        ("Model", d => d with { Model = "other" }, true),
        ("Vendor", d => d with { Vendor = null }, true),
        ("Serial", d => d with { Serial = "S2" }, true),
        ("Wwn", d => d with { Wwn = null }, true),
        ("Transport", d => d with { Transport = "usb" }, true),
        ("Rotational", d => d with { Rotational = true }, true),
        ("Removable", d => d with { Removable = true }, true),
        ("ReadOnly", d => d with { ReadOnly = true }, true),
        ("Hctl", d => d with { Hctl = "1:0:0:0" }, false),
        ("BusPath", d => d with { BusPath = "/pci0000:00/y" }, false),
        ("Modalias", d => d with { Modalias = "other" }, true),
        ("Uuid", d => d with { Uuid = "other" }, true),
        ("ByIdLinks", d => d with { ByIdLinks = [] }, false),
        ("Partitions", d => d with { Partitions = [] }, true),
        ("BootCode", d => d with { BootCode = true }, true),
        ("Smart", d => d with { Smart = new SmartHealth(false, "FAILED") }, true),
        ("Signatures", d => d with { Signatures = [] }, true),
        ("Holders", d => d with { Holders = [] }, true),
        ("Mounts", d => d with { Mounts = ["/", "/srv"] }, true),
    ];

    private static readonly (string Member, Func<Partition, Partition> Change, bool Matters)[] OfPartition =
    [
        ("Number", p => p with { Number = 2 }, true),
        ("OffsetBytes", p => p with { OffsetBytes = 4096 }, true),
        ("SizeBytes", p => p with { SizeBytes = 4096 }, true),
        ("Type", p => p with { Type = null }, true),
        ("Label", p => p with { Label = "META" }, true),
        ("PartUuid", p => p with { PartUuid = "other" }, true),
        ("Table", p => p with { Table = PartitionTables.GptBackup }, true),
        ("Signatures", p => p with { Signatures = [] }, true),
    ];

    private static readonly (string Member, Func<Signature, Signature> Change, bool Matters)[] OfMark =
    [
        ("Kind", s => s with { Kind = "ext3" }, true),
        ("OffsetBytes", s => s with { OffsetBytes = 0 }, true),
        ("Label", s => s with { Label = "other" }, true),
        ("Uuid", s => s with { Uuid = null }, true),
        ("Version", s => s with { Version = "2" }, true),
    ];

    private static readonly (string Member, Func<StackedDevice, StackedDevice> Change, bool Matters)[] OfHolder =
    [
        ("Name", h => h with { Name = "md0" }, false),
        ("Kind", h => h with { Kind = "raid0" }, true),
        ("Title", h => h with { Title = null }, true),
        ("Uuid", h => h with { Uuid = "other" }, true),
    ];

    private static readonly (string Member, Func<SmartHealth, SmartHealth> Change, bool Matters)[] OfSmart =
    [
        ("Passed", s => s with { Passed = false }, true),
        // Counters in it would change from one look to the next.
        ("Reason", s => s with { Reason = "critical warning 0x04" }, false),
    ];

    [Fact]
    public void The_state_changes_with_all_that_matters_of_a_disk_and_with_nothing_else() => Check(OfDisk, Disk, change => change(Disk));

    [Fact]
    public void The_state_changes_with_all_that_matters_of_a_partition() => Check(OfPartition, Part, change => Disk with { Partitions = [change(Part)] });

    [Fact]
    public void The_state_changes_with_all_that_matters_of_a_mark()
    {
        Check(OfMark, Mark, change => Disk with { Signatures = [change(Mark)] });
        Check(OfMark, Mark, change => Disk with { Partitions = [Part with { Signatures = [change(Mark)] }] });
    }

    [Fact]
    public void The_state_changes_with_all_that_matters_of_what_is_stacked_on_a_disk() => Check(OfHolder, Holder, change => Disk with { Holders = [change(Holder)] });

    [Fact]
    public void A_disk_that_was_not_asked_for_its_health_is_in_the_state_of_a_well_one() =>
        Assert.Equal(DiskState.Hash(Disk with { Smart = null }), DiskState.Hash(Disk with { Smart = new SmartHealth(true) }));

    [Fact]
    public void The_state_changes_with_the_verdict_of_a_disk_on_itself() => Check(OfSmart, Disk.Smart!, change => Disk with { Smart = change(Disk.Smart!) });

    [Fact]
    public void The_order_of_lists_does_not_count_but_where_a_mark_lies_does()
    {
        var other = Part with { Number = 2, Label = "META" };
        var disk = Disk with { Partitions = [Part, other], Signatures = [Mark, Mark with { Kind = "xfs" }], Mounts = ["/", "/a"] };

        Assert.Equal(DiskState.Hash(disk), DiskState.Hash(disk with
        {
            Partitions = [other, Part],
            Signatures = [Mark with { Kind = "xfs" }, Mark],
            Mounts = ["/a", "/"],
        }));
        Assert.NotEqual(
            DiskState.Hash(disk with { Signatures = [Mark] }),
            DiskState.Hash(disk with { Signatures = [], Partitions = [Part with { Signatures = [Mark, Mark] }, other] }));
    }

    private static void Check<T>((string Member, Func<T, T> Change, bool Matters)[] table, T original, Func<Func<T, T>, BlockDevice> with)
        where T : notnull
    {
        // Identity is computed from others; EqualityContract is the compiler's.
        var members = typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).Select(property => property.Name);
        Assert.Equal(members.Order(StringComparer.Ordinal), table.Select(row => row.Member).Order(StringComparer.Ordinal));
        foreach (var (member, change, matters) in table)
        {
            var before = with(value => value);
            var after = with(change);
            var property = typeof(T).GetProperty(member)!;
            Assert.NotEqual(property.GetValue(original), property.GetValue(change(original)));
            Assert.True(DiskState.Hash(before) != DiskState.Hash(after) == matters, $"{typeof(T).Name}.{member}: the state {(matters ? "must" : "must not")} change with it");
        }
    }
}
