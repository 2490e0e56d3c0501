using System.Diagnostics;
using System.Text;
using Kronform.Provision.Agent.Inventory.Signatures;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Inventory;

public sealed class SignatureTests
{
    private const long KiB = 1 << 10;
    private const long MiB = 1 << 20;
    private const long GiB = 1 << 30;

    /// <summary>A size that is no multiple of 64 KiB, as disks have.</summary>
    private const long DiskBytes = 64 * MiB + 512 * 41;

    [Theory]
    [InlineData("mkfs.ext4", "-q -F -L root -U 11111111-2222-3333-4444-555555555555", "ext4", 0x438, "root")]
    [InlineData("mkfs.ext4", "-q -F -t ext3 -U 11111111-2222-3333-4444-555555555555", "ext3", 0x438, "11111111-2222-3333-4444-555555555555")]
    [InlineData("mkfs.ext4", "-q -F -t ext2", "ext2", 0x438, null)]
    [InlineData("mkfs.vfat", "-n EFI", "vfat", 0x36, "EFI")]
    [InlineData("mkfs.vfat", "-F 32 -s 1 -i 1234ABCD", "vfat", 0x52, "1234-ABCD")]
    [InlineData("mkswap", "-q -L swap0", "swap", 4086, "swap0")]
    public void A_mark_of_the_real_tool_is_found_and_named(string tool, string arguments, string kind, long offset, string? label)
    {
        using var folder = new TempFolder();
        using var disk = NewDisk(folder, DiskBytes);
        Run(tool, $"{arguments} {folder["disk"]}");

        var found = SignatureProbe.Probe(disk, 0, disk.SizeBytes, wholeDisk: true).Single(mark => mark.OffsetBytes < MiB);

        Assert.Equal((kind, offset), (found.Kind, found.OffsetBytes));
        if (label is not null) Assert.Equal(label, found.Label);
    }

    public static TheoryData<string, long, string?> Handmade => new()
    {
        { "xfs", 0, "data" },
        { "btrfs", 64 * KiB + 0x40, "pool" },
        { "linux_raid_member", 0, "rescue:1" },
        { "linux_raid_member", 4 * KiB, "rescue:2" },
        { "linux_raid_member", (DiskBytes - 8 * KiB) / 4096 * 4096, "rescue:0" },
        { "linux_raid_member", DiskBytes / (64 * KiB) * 64 * KiB - 64 * KiB, "00000001:00000002:00000003:00000004" },
        { "lvm2_member", 512 + 24, "VzzFvu-ptpv-vJVw-Idhw-yw1a-f1m2-dwj8wT" },
        { "crypto_luks", 0, "11111111-2222-3333-4444-555555555555" },
        { "crypto_luks", 16 * KiB, "11111111-2222-3333-4444-555555555555" },
        { "crypto_luks", 4 * MiB, "11111111-2222-3333-4444-555555555555" },
        { "ceph_bluestore", 0, "11111111-2222-3333-4444-555555555555" },
        { "iso9660", 32 * KiB + 1, "DEBIAN" },
        { "bcache", 4 * KiB + 24, "cache" },
        { "drbd", DiskBytes / 4096 * 4096 - 4096 + 60, null },
        { "isw_raid_member", DiskBytes - 1024, null },
        { "ntfs", 3, null },
        { "zfs_member", 128 * KiB, "tank" },
        { "zfs_member", 256 * KiB + 128 * KiB + 5 * KiB, "tank" },
        { "zfs_member", DiskBytes / (256 * KiB) * 256 * KiB - 512 * KiB + 128 * KiB, "tank" },
        { "zfs_member", DiskBytes / (256 * KiB) * 256 * KiB - 256 * KiB + 128 * KiB, "tank" },
        { "talosmeta", 0, null },
        { "talosmeta", 256 * KiB, null },
        { "swap", 64 * KiB - 10, null },
        { "dos", 510, null },
        { "gpt", DiskBytes - 512, null },
        { "gpt", 512, null },
    };

    [Theory]
    [MemberData(nameof(Handmade))]
    public void A_mark_is_found_at_its_place_on_a_disk_and_in_a_partition(string kind, long offset, string? label)
    {
        foreach (var start in kind is "gpt" or "dos" ? new long[] { 0 } : [0, 3 * MiB])
        {
            using var folder = new TempFolder();
            using var disk = NewDisk(folder, start + DiskBytes + (start > 0 ? 7 * MiB : 0));
            MarkWriter.Put(disk, start, kind, offset, label);

            var found = SignatureProbe.Probe(disk, start, DiskBytes, wholeDisk: start == 0);

            Assert.Equal([(kind, start + offset, label)], found.Select(mark => (mark.Kind, mark.OffsetBytes, mark.Label)));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(1000)]
    public void The_spare_labels_of_BlueStore_are_found_when_the_first_is_gone(long gib)
    {
        using var folder = new TempFolder();
        using var disk = NewDisk(folder, 1200 * GiB);
        disk.WriteAt(gib * GiB, Padded("bluestore block device\n11111111-2222-3333-4444-555555555555\n"));

        Assert.Equal([new Signature("ceph_bluestore", gib * GiB, "11111111-2222-3333-4444-555555555555", "11111111-2222-3333-4444-555555555555")],
            SignatureProbe.Probe(disk, 0, disk.SizeBytes, wholeDisk: true));
    }

    [Theory]
    [InlineData(64 * MiB)]
    [InlineData(256 * GiB)]
    public void A_spare_superblock_of_btrfs_is_found(long at)
    {
        using var folder = new TempFolder();
        using var disk = NewDisk(folder, 300 * GiB);
        MarkWriter.Put(disk, 0, "btrfs", at + 0x40, "pool");

        Assert.Equal([new Signature("btrfs", at + 0x40, "pool")], SignatureProbe.Probe(disk, 0, disk.SizeBytes, wholeDisk: true));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0xFF)]
    [InlineData(-1)]
    public void Zeros_ones_and_noise_are_no_marks(int content)
    {
        using var folder = new TempFolder();
        using var disk = NewDisk(folder, 8 * MiB);
        var bytes = new byte[8 * MiB];
        if (content > 0) Array.Fill(bytes, (byte)content);
        if (content < 0) new Random(99).NextBytes(bytes);
        disk.WriteAt(0, bytes);

        Assert.Empty(SignatureProbe.Probe(disk, 0, disk.SizeBytes, wholeDisk: true));
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    [InlineData(65536)]
    [InlineData(700_000)]
    public void Even_the_smallest_volumes_can_be_probed(long bytes)
    {
        using var folder = new TempFolder();
        using var disk = NewDisk(folder, bytes / 512 * 512);

        Assert.Empty(SignatureProbe.Probe(disk, 0, disk.SizeBytes, wholeDisk: true));
    }

    [Fact]
    public void A_bad_sector_is_reported_and_hides_nothing_around_it()
    {
        using var folder = new TempFolder();
        using var plain = NewDisk(folder, 8 * MiB);
        MarkWriter.Put(plain, 0, "lvm2_member", 512 + 24, "VzzFvu-ptpv-vJVw-Idhw-yw1a-f1m2-dwj8wT");
        using var disk = new TroubledDisk(plain, new Trouble { UnreadableAt = 64 * KiB + 100 });

        var found = SignatureProbe.Probe(disk, 0, disk.SizeBytes, wholeDisk: true);

        Assert.Contains(found, mark => mark.Kind == "lvm2_member");
        Assert.Contains(found, mark => mark.Kind == SignatureProbe.Unreadable);
    }

    [Theory]
    [InlineData("zfs_member", 64 * KiB, 64 * MiB - 128 * KiB, "tank")]
    [InlineData("gpt", 600, 64 * MiB - 512, null)]
    [InlineData("talosmeta", 64 * KiB, 256 * KiB, null)]
    public void A_copy_that_cannot_be_read_does_not_hide_the_other(string kind, long bad, long copy, string? label)
    {
        using var folder = new TempFolder();
        using var plain = NewDisk(folder, 64 * MiB);
        MarkWriter.Put(plain, 0, kind, copy, label);
        using var disk = new TroubledDisk(plain, new Trouble { UnreadableAt = bad });

        var found = SignatureProbe.Probe(disk, 0, disk.SizeBytes, wholeDisk: true);

        Assert.Contains(found, mark => (mark.Kind, mark.OffsetBytes) == (kind, copy));
        Assert.Contains(found, mark => mark.Kind == SignatureProbe.Unreadable);
    }

    [Fact]
    public void A_disk_that_reads_nothing_is_asked_a_bounded_number_of_times()
    {
        using var folder = new TempFolder();
        using var plain = NewDisk(folder, 64 * MiB);
        using var disk = new DeadDisk(plain);

        var found = SignatureProbe.Probe(disk, 0, disk.SizeBytes, wholeDisk: true);

        Assert.NotEmpty(found);
        Assert.All(found, mark => Assert.Equal(SignatureProbe.Unreadable, mark.Kind));
        Assert.InRange(disk.Attempts, 1, 40);
    }

    private static FileDisk NewDisk(TempFolder folder, long bytes)
    {
        using (var file = File.Create(folder["disk"])) file.SetLength(bytes);
        return new FileDisk("disk", folder["disk"]);
    }

    private static byte[] Padded(string text)
    {
        var bytes = new byte[(text.Length + 511) / 512 * 512];
        Encoding.ASCII.GetBytes(text, bytes);
        return bytes;
    }

    private static void Run(string tool, string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var words = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, words);
    }
}
