using Kronform.Provision.Agent.Inventory.Tables;
using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Agent.Neutralising;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Neutralising;

public sealed class NeutralisePlanTests
{
    private static readonly string[] Neutral = ["EFI", "BIOS", "old-BOOT", "old-META", "old-STATE", "old-EPHEMERAL", "ceph"];

    [Fact]
    public void Names_and_boot_code_go_and_sgdisk_finds_no_fault_with_the_tables()
    {
        using var folder = new TempFolder();
        var disk = OldTalos.Disk();
        File.WriteAllBytes(folder["before"], disk);
        Sgdisk.AssertSound(folder["before"]);

        var changed = Apply(disk, Plan(disk));

        File.WriteAllBytes(folder["after"], changed);
        Sgdisk.AssertSound(folder["after"]);
        Assert.Equal(Neutral, Sgdisk.Names(folder["after"]));
        Assert.True(changed.AsSpan(0, 440).IndexOfAnyExcept((byte)0) < 0, "boot code is left");
        Assert.True(changed.AsSpan(440, 72).SequenceEqual(disk.AsSpan(440, 72)), "disk signature, table or mark of the first sector changed");
    }

    [Fact]
    public void A_table_that_sgdisk_made_is_renamed_as_sgdisk_would()
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["disk"], new byte[32 * TestImage.MiB]);
        Sgdisk.Run(folder["disk"], "-n", "1:2048:4095", "-c", "1:EFI", "-n", "4:8192:+1M", "-c", "4:META", "-n", "5:12288:+1M", "-c", "5:METADATA", "-n", "9:16384:+1M", "-c", "9:EPHEMERAL");
        var disk = File.ReadAllBytes(folder["disk"]);

        File.WriteAllBytes(folder["ours"], Apply(disk, Plan(disk)));

        Sgdisk.Run(folder["disk"], "-c", "4:old-META", "-c", "9:old-EPHEMERAL");
        Assert.True(File.ReadAllBytes(folder["disk"]).AsSpan().SequenceEqual(File.ReadAllBytes(folder["ours"])), "sgdisk writes other bytes");
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void Nothing_but_the_first_sector_and_the_tables_is_in_a_change(int sector)
    {
        var disk = OldTalos.Disk(sector);

        var changes = Plan(disk, sector);

        var ends = 40 * 512 * (sector / 512);
        Assert.NotEmpty(changes);
        Assert.All(changes, change =>
        {
            Assert.Equal(0, change.OffsetBytes % sector);
            Assert.Equal(0, change.Before.Length % sector);
            Assert.Equal(change.Before.Length, change.After.Length);
            Assert.True(change.Before.AsSpan().SequenceEqual(disk.AsSpan((int)change.OffsetBytes, change.Before.Length)), "the copy is not what is on the disk");
            Assert.True(change.OffsetBytes + change.Before.Length <= ends || change.OffsetBytes >= disk.Length - ends, $"{change.What} at {change.OffsetBytes}");
        });
        Assert.True(changes.Sum(change => change.Before.Length) <= 8 * sector, "more than names, checksums and boot code");
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void The_backup_table_is_written_before_the_primary(int sector)
    {
        var changes = Plan(OldTalos.Disk(sector), sector);

        Assert.Equal(["backup", "backup", "primary", "boot code"], changes.Select(change =>
            change.What.Contains("boot code", StringComparison.Ordinal) ? "boot code" : change.What.Contains("backup", StringComparison.Ordinal) ? "backup" : "primary"));
        Assert.Contains("rename partition 3 BOOT to old-BOOT, partition 4 META to old-META, partition 5 STATE to old-STATE, partition 6 EPHEMERAL to old-EPHEMERAL in the backup table", changes[0].What);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void When_only_one_table_is_sound_only_that_one_is_changed(bool primary)
    {
        var disk = OldTalos.Disk();
        disk[primary ? disk.Length - 512 + 24 : 512 + 24] ^= 1;

        var changes = Plan(disk).Where(change => !change.What.Contains("boot code", StringComparison.Ordinal)).ToArray();

        Assert.NotEmpty(changes);
        Assert.All(changes, change => Assert.Contains(primary ? "primary" : "backup", change.What));
        Assert.Equal(Neutral, Names(Apply(disk, changes)));
    }

    [Fact]
    public void A_backup_that_names_what_the_primary_does_not_is_changed_alone()
    {
        var disk = OldTalos.Disk(512, "data", "META");
        var harmless = OldTalos.Disk(512, "data", "more");
        harmless.AsSpan(0, TestImage.MiB).CopyTo(disk);
        disk.AsSpan(0, 446).Clear();

        var changes = Plan(disk);

        Assert.NotEmpty(changes);
        Assert.All(changes, change => Assert.True(change.OffsetBytes > disk.Length - TestImage.MiB, change.What));
        Assert.Empty(Plan(Apply(disk, changes)));
    }

    [Fact]
    public void The_backup_of_an_image_that_was_copied_to_a_larger_disk_is_found()
    {
        var disk = new byte[OldTalos.DiskBytes * 2];
        OldTalos.Disk().CopyTo(disk, 0);
        disk.AsSpan(0, 446).Clear();

        var changes = Plan(disk);

        Assert.Contains(changes, change => change.What.Contains("backup", StringComparison.Ordinal) && change.OffsetBytes + change.After.Length == OldTalos.DiskBytes);
        Assert.Empty(Plan(Apply(disk, changes)));
    }

    [Fact]
    public void The_backup_that_a_damaged_primary_points_to_is_changed_too()
    {
        var disk = new byte[OldTalos.DiskBytes * 2];
        OldTalos.Disk().CopyTo(disk, 0);
        disk[512 + 60] ^= 1;

        Assert.Contains(Plan(disk), change => change.What.Contains("EPHEMERAL to old-EPHEMERAL in the backup table", StringComparison.Ordinal));
    }

    [Fact]
    public void A_table_that_cannot_be_read_does_not_keep_the_other_from_being_changed()
    {
        var disk = OldTalos.Disk();
        byte[] Read(long offset, int count) => offset + count > disk.Length - 512
            ? throw new DiskIoException("Could not read: Input/output error (5)", 5)
            : disk.AsSpan((int)offset, count).ToArray();

        Assert.Contains(NeutralisePlan.Of(Read, disk.Length, 512, []), change => change.What.Contains("EPHEMERAL to old-EPHEMERAL in the primary table", StringComparison.Ordinal));
    }

    [Fact]
    public void A_table_in_512_byte_sectors_on_a_disk_of_4096_is_changed_in_whole_sectors_of_the_disk()
    {
        var disk = OldTalos.Disk(512);

        var changes = Plan(disk, 4096);

        Assert.All(changes, change => Assert.Equal((0L, 0), (change.OffsetBytes % 4096, change.Before.Length % 4096)));
        Assert.Equal(Neutral, Names(Apply(disk, changes)));
        Assert.Empty(Plan(Apply(disk, changes), 4096));
    }

    [Fact]
    public void What_is_neutral_already_needs_no_change()
    {
        var disk = OldTalos.Disk();

        Assert.Empty(Plan(Apply(disk, Plan(disk))));
    }

    [Theory]
    [InlineData("META-2")]
    [InlineData("meta")]
    [InlineData("old-META")]
    [InlineData("ceph")]
    public void Other_names_stay(string name)
    {
        var disk = OldTalos.Disk(512, "data", name);
        disk.AsSpan(0, 446).Clear();

        Assert.Empty(Plan(disk));
    }

    [Theory]
    [InlineData("vfat", 0)]
    [InlineData("ntfs", 3)]
    [InlineData("ceph_bluestore", 0)]
    public void The_first_sector_of_a_file_system_on_the_whole_disk_is_no_boot_code(string kind, long offset)
    {
        var disk = OldTalos.Disk(512, "data");

        Assert.Empty(Plan(disk, 512, new Signature(kind, offset)));
        Assert.NotEmpty(Plan(disk, 512, new Signature("gpt", 512), new Signature("dos", 510)));
    }

    [Fact]
    public void Bytes_without_a_partition_table_are_no_boot_code()
    {
        var disk = new byte[OldTalos.DiskBytes];
        new Random(3).NextBytes(disk.AsSpan(0, 4096));
        (disk[510], disk[511], disk[446]) = (0x55, 0xAA, 0x13);
        Assert.Empty(Plan(disk));

        // With the mark and no entry it is no table either.
        disk.AsSpan(446, 64).Clear();
        Assert.Empty(Plan(disk));
    }

    [Fact]
    public void A_disk_too_small_for_a_table_is_left_alone() => Assert.Empty(NeutralisePlan.Of(Reader(new byte[1024]), 1024, 512, []));

    private static IReadOnlyList<ByteChange> Plan(byte[] disk, int sector = 512, params Signature[] marks) =>
        NeutralisePlan.Of(Reader(disk), disk.Length, sector, marks);

    private static ByteReader Reader(byte[] disk) => (offset, count) => disk.AsSpan((int)offset, count).ToArray();

    private static byte[] Apply(byte[] disk, IEnumerable<ByteChange> changes)
    {
        var changed = disk.ToArray();
        foreach (var change in changes) change.After.CopyTo(changed, change.OffsetBytes);
        return changed;
    }

    private static string[] Names(byte[] disk) => [.. GptTable.Read(Reader(disk), disk.Length, 512)!.Entries.Select(entry => entry.Name!)];
}
