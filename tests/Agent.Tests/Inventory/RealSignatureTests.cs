using System.Globalization;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Inventory;

/// <summary>
/// Disks that real tools made in a rescue system, judged by util-linux, which shares no line with this project.
/// </summary>
public sealed class RealSignatureTests
{
    private const long MiB = 1 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>
    /// What has no copy outside the first MiB of the disk, by its format, and is therefore lost with it; everything that is not
    /// named here must still be found.
    /// </summary>
    private static readonly Dictionary<string, string[]> OnlyInFirstMiB = new()
    {
        ["md-1.1-raid0"] = ["linux_raid_member"],
        ["md-1.2-raid5"] = ["linux_raid_member"],
        ["lvm-on-md"] = ["linux_raid_member"],
        ["lvm-disk"] = ["lvm2_member"],
        // The volume group goes, with ceph-volume's tags in it; the OSD inside is still found.
        ["lvm-ceph"] = ["ceph_lvm", "lvm2_member"],
        // The second header of LUKS2 is 16 KiB behind the first.
        ["luks1"] = ["crypto_luks"],
        ["luks2"] = ["crypto_luks"],
        ["swap"] = ["swap"],
        ["bcache"] = ["bcache"],
        ["iso9660"] = ["iso9660"],
        // No copy of an MBR exists: where partitions other than a first one at 1 MiB begin and end is lost with it.
        ["mbr-grub"] = ["dos", "swap"],
        ["ext4-partition"] = ["dos"],
        ["md-0.90-raid1-partition"] = ["dos", "linux_raid_member"],
    };

    /// <summary>What is there although util-linux 2.38 does not see it.</summary>
    private static readonly Dictionary<string, string[]> UnknownToWipefs = new()
    {
        // Metadata of version 9 has a magic that libblkid learned later.
        ["drbd"] = ["drbd"],
        // libblkid looks for BlueStore at the start of a device; here it lies in the first logical volume.
        ["lvm-ceph"] = ["ceph_bluestore", "ceph_lvm"],
        // What the arrays hold begins 1 MiB behind the start of a small member, and so does a partition on many a disk.
        ["md-1.2-raid1-partitions"] = ["ext4", "swap"],
    };

    private static readonly Lazy<IReadOnlyList<CapturedDisk>> Captured = new(CapturedDisk.All);

    public static TheoryData<string> Disks => [.. Captured.Value.Select(disk => disk.ToString())];

    [Theory]
    [MemberData(nameof(Disks))]
    public async Task What_wipefs_sees_is_seen_at_the_same_place_with_the_same_uuid_and_label(string name)
    {
        var captured = Disk(name);
        using var host = new FakeHost();

        var seen = await LookAsync(host, captured, cutBytes: 0);

        var found = All(seen);
        foreach (var volume in captured.Volumes.Where(v => !IsExtended(v)))
        {
            // wipefs lists every magic string of a format, in an order of its own; a mark is at one of them.
            foreach (var kind in volume.Marks.Where(mark => mark.Type != "PMBR").GroupBy(Kind))
            {
                var (said, same) = kind.Select(mark => (mark, found.SingleOrDefault(f => f.Kind == kind.Key && f.OffsetBytes == mark.Offset))).FirstOrDefault(pair => pair.Item2 is not null);
                Assert.True(same is not null, $"{kind.Key} is not seen at any of {string.Join(", ", kind.Select(mark => mark.Offset))}, but:\n{string.Join('\n', found)}");
                AssertNamed(said, same);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Disks))]
    public async Task Nothing_is_seen_that_wipefs_does_not_see_but_further_copies_of_it(string name)
    {
        var captured = Disk(name);
        using var host = new FakeHost();

        var seen = await LookAsync(host, captured, cutBytes: 0);

        Assert.Equal(captured.Volumes.Where(v => v.Number is not null && !IsExtended(v)).Select(v => (v.Start, v.SizeBytes)).Order(),
            seen.Partitions.Where(p => p.Type is not ("05" or "0f")).Select(p => (p.OffsetBytes, p.SizeBytes)).Order());
        foreach (var volume in captured.Volumes.Where(v => !IsExtended(v)))
        {
            var expected = volume.Marks.Select(Kind).ToHashSet();
            expected.UnionWith(UnknownToWipefs.GetValueOrDefault(captured.Stack) ?? []);
            Assert.All(Marks(seen, volume), mark => Assert.Contains(mark.Kind, expected));
        }
    }

    [Theory]
    [InlineData("drbd", "drbd")]
    [InlineData("lvm-ceph", "ceph_bluestore")]
    public async Task What_wipefs_does_not_know_yet_is_seen(string stack, string kind)
    {
        using var host = new FakeHost();
        Assert.Contains(kind, Kinds(await LookAsync(host, Disk(stack + ".a"), cutBytes: 0)));
    }

    [Theory]
    [MemberData(nameof(Disks))]
    public async Task Cutting_the_first_MiB_hides_only_what_has_no_copy_elsewhere(string name)
    {
        var captured = Disk(name);
        using var host = new FakeHost();
        using var whole = new FakeHost();

        var before = Kinds(await LookAsync(whole, captured, cutBytes: 0));
        var after = Kinds(await LookAsync(host, captured, cutBytes: MiB));

        Assert.Equal(OnlyInFirstMiB.GetValueOrDefault(captured.Stack) ?? [], before.Except(after).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_kind_of_stack_was_captured()
    {
        var kinds = Captured.Value.SelectMany(disk => disk.Volumes).SelectMany(volume => volume.Marks).Select(Kind).ToHashSet();
        Assert.Superset(
            new HashSet<string>
            {
                "linux_raid_member", "lvm2_member", "crypto_luks", "btrfs", "ext4", "xfs", "vfat", "swap", "bcache", "gpt", "dos",
                "iso9660", "zfs_member", "ceph_bluestore",
            }, kinds);
        Assert.Empty(OnlyInFirstMiB.Keys.Except(Captured.Value.Select(disk => disk.Stack)));
    }

    private static CapturedDisk Disk(string name) => Captured.Value.Single(disk => disk.ToString() == name);

    /// <summary>
    /// The whole agent looks at the disk. The kernel shows it no partitions, as it would none after a change of the table that it has
    /// not read again: all must come from the disk.
    /// </summary>
    private static async Task<BlockDevice> LookAsync(FakeHost host, CapturedDisk captured, long cutBytes)
    {
        var size = captured.Unpack(host.PathOf("sda"));
        host.Add(new FakeDisk("sda", size) { Udev = { ["ID_SERIAL_SHORT"] = "S1" } });
        if (cutBytes > 0) host.Write("sda", 0, new byte[cutBytes]);
        return Assert.Single((await AgentRun.InventoryAsync(host, Token)).Disks);
    }

    private static IReadOnlyList<Signature> Marks(BlockDevice seen, CapturedVolume volume) => volume.Number is null
        ? seen.Signatures
        : Assert.Single(seen.Partitions, p => p.OffsetBytes == volume.Start).Signatures;

    private static IReadOnlyList<string> Kinds(BlockDevice seen) =>
        [.. All(seen).Select(mark => mark.Kind).Distinct().Order(StringComparer.Ordinal)];

    private static IEnumerable<Signature> All(BlockDevice seen) => seen.Signatures.Concat(seen.Partitions.SelectMany(p => p.Signatures));

    /// <summary>The kernel shows the first sectors of an extended partition, which hold a further table, as a device.</summary>
    private static bool IsExtended(CapturedVolume volume) => volume is { Number: not null, Marks: [{ Type: "dos" }] };

    private static string Kind(CapturedMark mark) => mark.Type.ToLower(CultureInfo.InvariantCulture);

    private static void AssertNamed(CapturedMark expected, Signature found)
    {
        if (expected.Label is not null) Assert.Equal(expected.Label, found.Label);
        // The uuid of an old array is written as mdadm does, not as util-linux does.
        if (expected.Uuid is not null) Assert.Equal(expected.Uuid, found.Version == "0.90" ? Dashed(found.Uuid) : found.Uuid);
    }

    private static string? Dashed(string? uuid) => Guid.TryParseExact(uuid?.Replace(":", "", StringComparison.Ordinal), "N", out var parsed) ? parsed.ToString() : uuid;
}
