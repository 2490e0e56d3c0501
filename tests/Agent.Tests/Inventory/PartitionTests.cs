using System.Diagnostics;
using Kronform.Provision.Agent.Inventory;
using Kronform.Provision.Agent.Tests.Support;

namespace Kronform.Provision.Agent.Tests.Inventory;

public sealed class PartitionTests
{
    private const int MiB = 1 << 20;

    [Theory]
    [InlineData("both", 512)]
    [InlineData("primary", 512)]
    [InlineData("backup", 512)]
    [InlineData("both", 4096)]
    [InlineData("backup", 4096)]
    public void A_GPT_is_read_from_its_primary_or_else_its_backup(string sound, int sector)
    {
        using var folder = new TempFolder();
        var bytes = new byte[8 * MiB];
        TestGpt.Put(bytes, sector, ("EFI", TestImage.Esp, MiB / sector, 2 * MiB / sector - 1), ("META", TestImage.LinuxData, 2 * MiB / sector, 3 * MiB / sector - 1));
        if (sound == "primary") bytes[^sector] ^= 1;
        if (sound == "backup") bytes[2 * sector + 5] ^= 1;
        using var disk = NewDisk(folder, bytes, sector);

        var partitions = PartitionReader.FromTable(disk);

        Assert.Equal(
            [("EFI", 1L * MiB, 1L * MiB, "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"), ("META", 2L * MiB, 1L * MiB, "0FC63DAF-8483-4772-8E79-3D69D8477DE4")],
            partitions.Select(partition => (partition.Label!, partition.OffsetBytes, partition.SizeBytes, partition.Type!)));
    }

    [Fact]
    public void A_table_written_for_the_other_sector_size_is_still_found()
    {
        using var folder = new TempFolder();
        using var disk = NewDisk(folder, new TestImage().Raw, 4096);

        Assert.Equal(["EFI", "META"], PartitionReader.FromTable(disk).Select(partition => partition.Label));
    }

    [Fact]
    public void Without_a_sound_table_there_are_no_partitions()
    {
        using var folder = new TempFolder();
        var bytes = new byte[8 * MiB];
        TestGpt.Put(bytes, 512, ("EFI", TestImage.Esp, 2048, 4095));
        bytes[512 + 20] ^= 1;
        bytes[^(512 - 40)] ^= 1;
        using var disk = NewDisk(folder, bytes);

        Assert.Empty(PartitionReader.FromTable(disk));
    }

    [Fact]
    public void A_table_that_sgdisk_made_is_read_as_sgdisk_shows_it()
    {
        using var folder = new TempFolder();
        using var disk = NewDisk(folder, new byte[16 * MiB]);
        using var process = Process.Start(new ProcessStartInfo("sgdisk",
            $"-n 1:2048:4095 -c 1:META -t 1:8300 -u 1:01020304-0506-0708-090A-0B0C0D0E0F10 -n 5:8192:+1M -c 5:\"with blanks\" -t 5:ef00 {folder["disk"]}") { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);

        Assert.Equal(
            [(1, "META", 1L * MiB, 1L * MiB, "01020304-0506-0708-090a-0b0c0d0e0f10"), (5, "with blanks", 4L * MiB, 1L * MiB, null)],
            PartitionReader.FromTable(disk).Select(partition =>
                (partition.Number, partition.Label!, partition.OffsetBytes, partition.SizeBytes, partition.Number == 1 ? partition.PartUuid : null)));
    }

    [Fact]
    public void Logical_partitions_of_an_MBR_are_followed()
    {
        using var folder = new TempFolder();
        var bytes = new byte[16 * MiB];
        bytes.AsSpan(440, 4).Fill(0xAB);
        Entry(bytes, 0, 0, 0xFD, 2048, 2048);
        Entry(bytes, 0, 1, 0x05, 4096, 16384);
        Entry(bytes, 4096 * 512, 0, 0x83, 2048, 2048);
        Entry(bytes, 4096 * 512, 1, 0x05, 4096, 4096);
        Entry(bytes, 8192 * 512, 0, 0x82, 2048, 1024);
        using var disk = NewDisk(folder, bytes);

        Assert.Equal(
            [(1, "fd", 2048, 2048), (2, "05", 4096, 16384), (5, "83", 6144, 2048), (6, "82", 10240, 1024)],
            PartitionReader.FromTable(disk).Select(partition => (partition.Number, partition.Type!, (int)(partition.OffsetBytes / 512), (int)(partition.SizeBytes / 512))));
        Assert.Equal("abababab-01", PartitionReader.FromTable(disk)[0].PartUuid);
    }

    [Fact]
    public void A_chain_of_logical_partitions_that_bites_its_tail_ends()
    {
        using var folder = new TempFolder();
        var bytes = new byte[8 * MiB];
        Entry(bytes, 0, 0, 0x05, 4096, 8192);
        Entry(bytes, 4096 * 512, 0, 0x83, 1, 1);
        Entry(bytes, 4096 * 512, 1, 0x05, 1, 1);
        Entry(bytes, 4097 * 512, 0, 0x83, 1, 1);
        Entry(bytes, 4097 * 512, 1, 0x05, 1, 1);
        using var disk = NewDisk(folder, bytes);

        Assert.InRange(PartitionReader.FromTable(disk).Count, 2, 100);
    }

    [Fact]
    public void What_only_the_kernel_still_knows_is_listed_as_well()
    {
        using var folder = new TempFolder();
        using var disk = NewDisk(folder, new TestImage().Raw);

        var partitions = PartitionReader.Read(disk, [("sda1", 1, 1L * MiB, 3L * MiB), ("sda2", 2, 6L * MiB, 1L * MiB)]);

        Assert.Equal([(1, "EFI"), (2, null), (2, "META")], partitions.Select(partition => (partition.Number, partition.Label)));
    }

    private static void Entry(byte[] disk, int sector, int index, byte type, uint start, uint count)
    {
        var entry = disk.AsSpan(sector + 446 + index * 16, 16);
        entry[4] = type;
        BitConverter.TryWriteBytes(entry[8..], start);
        BitConverter.TryWriteBytes(entry[12..], count);
        (disk[sector + 510], disk[sector + 511]) = (0x55, 0xAA);
    }

    private static FileDisk NewDisk(TempFolder folder, byte[] bytes, int sector = 512)
    {
        File.WriteAllBytes(folder["disk"], bytes);
        return new FileDisk("disk", folder["disk"], sector);
    }
}
