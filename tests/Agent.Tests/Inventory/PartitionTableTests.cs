using Kronform.Provision.Agent.Inventory;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Inventory;

/// <summary>Which table says that a partition exists, when several do not agree.</summary>
public sealed class PartitionTableTests
{
    private const int MiB = 1 << 20;
    private const int DiskBytes = 16 * MiB;
    private const int ImageBytes = 8 * MiB;

    private static readonly (string, Guid, long, long) Efi = ("EFI", TestImage.Esp, 2048, 4095);
    private static readonly (string, Guid, long, long) Meta = ("META", TestImage.LinuxData, 4096, 6143);
    private static readonly (string, Guid, long, long) State = ("STATE", TestImage.LinuxData, 6144, 8191);

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void Two_equal_tables_are_told_once_and_as_the_primary(int sector)
    {
        var bytes = Disk();
        TestGpt.Put(bytes, sector, ("EFI", TestImage.Esp, MiB / sector, 2 * MiB / sector - 1));

        Assert.Equal(["1 EFI gpt"], Tables(bytes, sector));
    }

    [Fact]
    public void Without_a_sound_primary_the_backup_speaks_under_its_own_name()
    {
        var bytes = Disk(Efi, Meta);
        bytes.AsSpan(0, MiB).Clear();

        Assert.Equal(["1 EFI gpt-backup", "2 META gpt-backup"], Tables(bytes));
    }

    [Fact]
    public void What_only_the_backup_has_is_listed_beside_a_sound_primary()
    {
        var bytes = Disk(Efi);
        Old(bytes, Efi, Meta, State);

        Assert.Equal(["1 EFI gpt", "2 META gpt-backup", "3 STATE gpt-backup"], Tables(bytes));
    }

    [Theory]
    [InlineData("name")]
    [InlineData("type")]
    [InlineData("place")]
    [InlineData("guid")]
    public void An_entry_of_the_backup_that_differs_in_anything_is_another_partition(string difference)
    {
        var bytes = Disk(Efi, Meta);
        Old(bytes, difference switch
        {
            "name" => [Efi, ("STATE", TestImage.LinuxData, 4096, 6143)],
            "type" => [Efi, ("META", TestImage.Esp, 4096, 6143)],
            "place" => [Efi, ("META", TestImage.LinuxData, 4096, 6142)],
            // The unique guids of these tables count with the place in the list.
            _ => [Meta, Efi],
        });

        var found = Tables(bytes);

        Assert.Contains(found, partition => partition.EndsWith(" gpt-backup", StringComparison.Ordinal));
        Assert.Equal(["1 EFI gpt", "2 META gpt"], found.Where(partition => partition.EndsWith(" gpt", StringComparison.Ordinal)));
    }

    [Fact]
    public void An_image_on_a_larger_disk_has_its_backup_where_the_image_ends()
    {
        var bytes = new byte[DiskBytes];
        TestGpt.Put(bytes.AsSpan(0, ImageBytes), 512, Efi, Meta);

        Assert.Equal(["1 EFI gpt", "2 META gpt"], Tables(bytes));

        // Primary header and entries gone, only the field that leads to the backup is left.
        bytes[512 + 20] ^= 1;
        Assert.Equal(["1 EFI gpt-backup", "2 META gpt-backup"], Tables(bytes));
    }

    [Fact]
    public void An_old_backup_at_the_end_of_the_disk_is_seen_behind_an_image()
    {
        var bytes = new byte[DiskBytes];
        Old(bytes, Efi, State);
        TestGpt.Put(bytes.AsSpan(0, ImageBytes), 512, Efi, Meta);

        Assert.Equal(["1 EFI gpt", "2 META gpt", "2 STATE gpt-backup"], Tables(bytes));
    }

    [Fact]
    public void Entries_of_a_hybrid_MBR_count_only_for_places_that_the_GPT_does_not_have()
    {
        var bytes = Disk(Efi);
        MbrEntry(bytes, 1, 0xEF, 2048, 2048);
        MbrEntry(bytes, 2, 0x83, 20480, 2048);

        Assert.Equal(["1 EFI gpt", "3 - mbr"], Tables(bytes));
    }

    [Fact]
    public void An_MBR_that_replaced_a_GPT_does_not_hide_the_backup_it_forgot()
    {
        var bytes = new byte[DiskBytes];
        Old(bytes, Meta);
        MbrEntry(bytes, 0, 0x83, 2048, 2048);

        Assert.Equal(["1 - mbr", "1 META gpt-backup"], Tables(bytes));
    }

    [Fact]
    public void A_partition_of_a_table_that_was_overwritten_is_the_kernels_word()
    {
        using var folder = new TempFolder();
        using var disk = NewDisk(folder, Disk(Efi));

        var partitions = PartitionReader.Read(disk, [("sda1", 1, MiB, MiB), ("sda2", 2, 6L * MiB, MiB)]);

        Assert.Equal([(1, "gpt"), (2, "kernel")], partitions.Select(partition => (partition.Number, partition.Table)));
    }

    [Fact]
    public void A_backup_that_cannot_be_read_does_not_hide_the_primary()
    {
        using var folder = new TempFolder();
        using var disk = new TroubledDisk(NewDisk(folder, Disk(Efi)), new Trouble { UnreadableAt = DiskBytes - 100 });

        Assert.Equal(["EFI"], PartitionReader.FromEveryTable(disk).Select(partition => partition.Label));
    }

    [Fact]
    public void A_primary_that_cannot_be_read_does_not_hide_the_backup()
    {
        using var folder = new TempFolder();
        using var disk = new TroubledDisk(NewDisk(folder, Disk(Efi)), new Trouble { UnreadableAt = 512 + 100 });

        Assert.Equal([("EFI", "gpt-backup")], PartitionReader.FromEveryTable(disk).Select(partition => (partition.Label, partition.Table)));
    }

    private static byte[] Disk(params (string, Guid, long, long)[] partitions)
    {
        var bytes = new byte[DiskBytes];
        if (partitions.Length > 0) TestGpt.Put(bytes, 512, partitions);
        return bytes;
    }

    /// <summary>Leaves the end of another table behind, header and entries.</summary>
    private static void Old(byte[] bytes, params (string, Guid, long, long)[] partitions)
    {
        const int end = 33 * 512;
        Disk(partitions).AsSpan(DiskBytes - end).CopyTo(bytes.AsSpan(DiskBytes - end));
    }

    private static void MbrEntry(byte[] disk, int index, byte type, uint start, uint count)
    {
        var entry = disk.AsSpan(446 + index * 16, 16);
        entry[4] = type;
        BitConverter.TryWriteBytes(entry[8..], start);
        BitConverter.TryWriteBytes(entry[12..], count);
        (disk[510], disk[511]) = (0x55, 0xAA);
    }

    private static string[] Tables(byte[] bytes, int sector = 512)
    {
        using var folder = new TempFolder();
        using var disk = NewDisk(folder, bytes, sector);
        return [.. PartitionReader.Read(disk, []).Select(partition => $"{partition.Number} {partition.Label ?? "-"} {partition.Table}")];
    }

    private static FileDisk NewDisk(TempFolder folder, byte[] bytes, int sector = 512)
    {
        File.WriteAllBytes(folder["disk"], bytes);
        return new FileDisk("disk", folder["disk"], sector);
    }
}
