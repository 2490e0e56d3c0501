using System.Diagnostics;
using System.Text;
using Kronform.Provision.Agent.Inventory.Signatures;
using Kronform.Provision.Agent.Tests.Support;

namespace Kronform.Provision.Agent.Tests.Inventory;

/// <summary>A disk whose first MiB somebody cleared "to make it empty" still has its data: every format with a second copy says so.</summary>
public sealed class LostFirstMiBTests
{
    private const long KiB = 1 << 10;
    private const long MiB = 1 << 20;
    private const long GiB = 1 << 30;
    private const string Uuid = "11111111-2222-3333-4444-555555555555";

    /// <summary>Size of the disk, and every place where the format keeps a copy.</summary>
    public static TheoryData<string, long, string?, long[]> Copies => new()
    {
        { "ceph_bluestore", 1200 * GiB, Uuid, [0, GiB, 10 * GiB, 100 * GiB, 1000 * GiB] },
        { "zfs_member", 64 * MiB, "tank", [128 * KiB, 384 * KiB, 64 * MiB - 384 * KiB, 64 * MiB - 128 * KiB] },
        { "btrfs", 300 * GiB, "pool", [64 * KiB + 0x40, 64 * MiB + 0x40, 256 * GiB + 0x40] },
        { "crypto_luks", 64 * MiB, Uuid, [0, 4 * MiB] },
        { "linux_raid_member", 64 * MiB, "rescue:0", [64 * MiB - 8 * KiB] },
        { "linux_raid_member", 64 * MiB, "00000001:00000002:00000003:00000004", [64 * MiB - 64 * KiB] },
        { "drbd", 64 * MiB, null, [64 * MiB - 4096 + 60] },
        { "isw_raid_member", 64 * MiB, null, [64 * MiB - 1024] },
        { "gpt", 64 * MiB, null, [512, 64 * MiB - 512] },
        { "ntfs", 64 * MiB, null, [3, 64 * MiB - 512 + 3] },
    };

    [Theory]
    [MemberData(nameof(Copies))]
    public void What_has_copies_elsewhere_is_found_without_its_first_MiB(string kind, long bytes, string? label, long[] places)
    {
        using var folder = new TempFolder();
        using var disk = NewDisk(folder, bytes);
        foreach (var place in places) MarkWriter.Put(disk, 0, kind, place, label);
        Assert.Equal(places, Found(disk, kind));

        disk.ZeroAt(0, MiB);

        Assert.Equal(places.Where(place => place >= MiB), Found(disk, kind));
        Assert.NotEmpty(Found(disk, kind));
    }

    [Theory]
    [InlineData("mkfs.ext4", "-q -F", "ext4", 300)]
    [InlineData("mkfs.ext4", "-q -F -b 1024", "ext4", 300)]
    [InlineData("mkfs.ext4", "-q -F -b 2048", "ext4", 300)]
    [InlineData("mkfs.ext2", "-q -F -b 4096", "ext2", 300)]
    [InlineData("mkfs.xfs", "-q -f", "xfs", 400)]
    [InlineData("mkfs.xfs", "-q -f", "xfs", 1001)]
    [InlineData("mkfs.xfs", "-q -f -l size=64m", "xfs", 6_000_000)]
    [InlineData("mkfs.btrfs", "-q -f", "btrfs", 300)]
    public void A_file_system_of_the_real_tool_is_found_without_its_first_MiB(string tool, string arguments, string kind, long mib)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("PATH")!.Split(':').Append("/usr/sbin").Append("/sbin").Any(path => File.Exists(Path.Combine(path, tool))),
            $"{tool} is not installed");
        using var folder = new TempFolder();
        using var disk = NewDisk(folder, mib * MiB);
        using (var make = Process.Start(new ProcessStartInfo(tool, $"{arguments} {folder["disk"]}") { RedirectStandardOutput = true, RedirectStandardError = true })!)
        {
            var words = make.StandardOutput.ReadToEnd() + make.StandardError.ReadToEnd();
            make.WaitForExit();
            Assert.True(make.ExitCode == 0, words);
        }
        var whole = SignatureProbe.Probe(disk, 0, disk.SizeBytes, wholeDisk: true);
        Assert.All(whole, mark => Assert.Equal((kind, whole[0].Uuid), (mark.Kind, mark.Uuid)));

        disk.ZeroAt(0, MiB);

        Assert.Equal(whole.Where(mark => mark.OffsetBytes >= MiB), SignatureProbe.Probe(disk, 0, disk.SizeBytes, wholeDisk: true));
        Assert.Contains(SignatureProbe.Probe(disk, 0, disk.SizeBytes, wholeDisk: true), mark => mark.Kind == kind);
    }

    /// <summary>Their only mark goes with the first MiB; what they hold begins behind it.</summary>
    [Theory]
    [InlineData("ceph_bluestore", 0, Uuid)]
    [InlineData("crypto_luks", 0, Uuid)]
    [InlineData("xfs", 0, "data")]
    [InlineData("lvm2_member", 536, "VzzFvu-ptpv-vJVw-Idhw-yw1a-f1m2-dwj8wT")]
    [InlineData("linux_raid_member", 4 * KiB, "rescue:2")]
    [InlineData("zfs_member", 128 * KiB, "tank")]
    [InlineData("swap", 64 * KiB - 10, null)]
    public void What_begins_at_the_second_MiB_is_found_without_the_table_or_label_that_led_to_it(string kind, long at, string? label)
    {
        using var folder = new TempFolder();
        using var disk = NewDisk(folder, 64 * MiB);
        MarkWriter.Put(disk, MiB, kind, at, label);

        Assert.Equal([MiB + at], Found(disk, kind));
    }

    [Fact]
    public void The_spare_labels_of_a_BlueStore_in_a_logical_volume_are_found_without_the_volumes_label()
    {
        using var folder = new TempFolder();
        using var disk = NewDisk(folder, 1200 * GiB);
        foreach (var gib in new[] { 0, 1, 10, 100, 1000 })
            disk.WriteAt(MiB + gib * GiB, [.. Encoding.ASCII.GetBytes($"bluestore block device\n{Uuid}\n"), .. new byte[512 - 60]]);

        Assert.Equal([MiB, MiB + GiB, MiB + 10 * GiB, MiB + 100 * GiB, MiB + 1000 * GiB], Found(disk, "ceph_bluestore"));
    }

    [Theory]
    [InlineData(64 * MiB)]
    [InlineData(64 * MiB + 41 * 512)]
    public void The_second_copy_of_a_volume_groups_description_is_found(long bytes)
    {
        using var folder = new TempFolder();
        using var disk = NewDisk(folder, bytes);
        const long place = 63 * MiB;
        var area = new byte[MiB];
        LvmDisk.Area(area, place, "ceph-11111111-2222-3333-4444-555555555555 {\n}\n");
        disk.WriteAt(place, area);

        Assert.Equal([place + 4], Found(disk, "lvm2_member"));
        Assert.Equal([place + 512], Found(disk, "ceph_lvm"));

        // At the end of a partition it names a place from the partition's start: it is not the disk's.
        LvmDisk.Area(area, place - MiB, "vg {\n}\n");
        disk.WriteAt(place, area);
        Assert.Empty(Found(disk, "lvm2_member"));
        Assert.Equal([place + 4], SignatureProbe.Probe(disk, MiB, bytes - MiB, wholeDisk: false).Select(mark => mark.OffsetBytes));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(1000)]
    public void Each_label_of_a_BlueStore_in_a_partition_is_found_alone(long gib)
    {
        using var folder = new TempFolder();
        using var disk = NewDisk(folder, 1200 * GiB);
        const long start = 3 * MiB;
        MarkWriter.Put(disk, start, "ceph_bluestore", gib * GiB, Uuid);

        var found = SignatureProbe.Probe(disk, start, 1100 * GiB, wholeDisk: false);

        Assert.Equal([("ceph_bluestore", start + gib * GiB)], found.Select(mark => (mark.Kind, mark.OffsetBytes)));
    }

    private static long[] Found(FileDisk disk, string kind) =>
        [.. SignatureProbe.Probe(disk, 0, disk.SizeBytes, wholeDisk: true).Where(mark => mark.Kind == kind).Select(mark => mark.OffsetBytes)];

    private static FileDisk NewDisk(TempFolder folder, long bytes)
    {
        using (var file = File.Create(folder["disk"])) file.SetLength(bytes);
        return new FileDisk("disk", folder["disk"]);
    }
}
