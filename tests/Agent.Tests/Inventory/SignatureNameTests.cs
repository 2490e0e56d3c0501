using System.Buffers.Binary;
using System.Text;
using Kronform.Provision.Agent.Inventory.Signatures;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Inventory;

/// <summary>Whose a mark is: names, uuids and versions in it.</summary>
public sealed class SignatureNameTests
{
    private const int KiB = 1 << 10;
    private const int MiB = 1 << 20;
    private const int DiskBytes = 8 * MiB + 41 * 512;

    private const string Guid1 = "4d5077da-b1df-2b99-cdb1-4e8b870ef80c";
    private const string Fsid = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";

    private static readonly byte[] UuidBytes = Guid.Parse(Guid1).ToByteArray(bigEndian: true);

    [Theory]
    [InlineData("1.0", (DiskBytes - 8 * KiB) / 4096 * 4096)]
    [InlineData("1.1", 0)]
    [InlineData("1.2", 4 * KiB)]
    public void An_array_tells_its_name_and_the_version_that_its_place_means(string version, int at)
    {
        var disk = new byte[DiskBytes];
        Md(disk, at, at / 512);

        Assert.Equal([new Signature("linux_raid_member", at, "rescue:2", Guid1, version)], Probe(disk));
    }

    [Fact]
    public void An_array_superblock_that_names_another_place_is_none_of_this_volume()
    {
        var disk = new byte[DiskBytes];
        Md(disk, 4 * KiB, superOffset: 2048);

        Assert.Empty(Probe(disk));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_old_array_tells_its_uuid_as_mdadm_prints_it(bool little)
    {
        var disk = new byte[DiskBytes];
        const int at = DiskBytes / (64 * KiB) * 64 * KiB - 64 * KiB;
        void Word(int offset, uint value)
        {
            if (little) BinaryPrimitives.WriteUInt32LittleEndian(disk.AsSpan(at + offset), value);
            else BinaryPrimitives.WriteUInt32BigEndian(disk.AsSpan(at + offset), value);
        }

        Word(0, 0xA92B4EFC);
        Word(8, 90);
        foreach (var (offset, value) in new[] { (20, 0x4d5077dau), (52, 0xb1df2b99u), (56, 0xcdb14e8bu), (60, 0x870ef80cu) }) Word(offset, value);

        const string uuid = "4d5077da:b1df2b99:cdb14e8b:870ef80c";
        Assert.Equal([new Signature("linux_raid_member", at, uuid, uuid, "0.90")], Probe(disk));
    }

    [Theory]
    [InlineData(0, 1, null, Guid1, "1")]
    [InlineData(0, 2, "vault", "vault", "2")]
    [InlineData(0, 2, null, Guid1, "2")]
    [InlineData(16 * KiB, 2, "vault", "vault", "2")]
    [InlineData(4 * MiB, 2, null, Guid1, "2")]
    public void An_encrypted_volume_tells_version_label_and_uuid(int at, byte version, string? name, string label, string versionText)
    {
        var disk = new byte[DiskBytes];
        var header = disk.AsSpan(at);
        (at == 0 ? "LUKS"u8 : "SKUL"u8).CopyTo(header);
        (header[4], header[5], header[7]) = (0xBA, 0xBE, version);
        Encoding.ASCII.GetBytes(name ?? "").CopyTo(header[24..]);
        Encoding.ASCII.GetBytes(Guid1).CopyTo(header[168..]);

        Assert.Equal([new Signature("crypto_luks", at, label, Guid1, versionText)], Probe(disk));
    }

    [Theory]
    [InlineData(512)]
    [InlineData(40_960)]
    // So near the end of the ring that the text goes on at its beginning.
    [InlineData(LvmDisk.AreaBytes - 20)]
    public void A_physical_volume_tells_its_group(int textAt)
    {
        var disk = new byte[DiskBytes];
        LvmDisk.Build("my-vg.0 {\nid = \"zfbG19\"\n}\n", textAt).CopyTo(disk, 0);

        Assert.Equal([new Signature("lvm2_member", 536, "my-vg.0", LvmDisk.Uuid)], Probe(disk));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("no group at all")]
    public void A_physical_volume_of_no_group_tells_its_uuid(string? text)
    {
        var disk = new byte[DiskBytes];
        LvmDisk.Build(text).CopyTo(disk, 0);

        Assert.Equal([new Signature("lvm2_member", 536, LvmDisk.Uuid, LvmDisk.Uuid)], Probe(disk));
    }

    [Fact]
    public void A_physical_volume_whose_areas_lead_nowhere_is_still_one()
    {
        foreach (var (at, value) in new[] { (512 + 104, long.MaxValue), (512 + 104, -5), (4096 + 40, long.MaxValue), (4096 + 48, long.MaxValue), (4096 + 32, -1) })
        {
            var disk = new byte[DiskBytes];
            LvmDisk.Build("vg {\n}\n").CopyTo(disk, 0);
            BinaryPrimitives.WriteInt64LittleEndian(disk.AsSpan(at), value);

            Assert.Equal([("lvm2_member", 536L)], Probe(disk).Select(mark => (mark.Kind, mark.OffsetBytes)));
        }
    }

    [Theory]
    // With the tags that ceph-volume gives, one OSD or several.
    [InlineData("ceph-" + Guid1, "osd-block-" + Fsid, "\"ceph.osd_fsid=" + Fsid + "\", \"ceph.osd_id=3\", \"ceph.type=block\"", "osd.3", Fsid)]
    [InlineData("nvme-db", "db-1", "\"ceph.osd_id=3\", \"ceph.type=db\"]\n}\ndb2 {\ntags = [\"ceph.osd_id=12\"", "osd.3, osd.12", null)]
    // By the names it gives.
    [InlineData("hand-made", "osd-db-" + Fsid, "", Fsid, Fsid)]
    [InlineData("ceph-" + Guid1, "other", "", "ceph-" + Guid1, null)]
    public void A_volume_of_ceph_is_known_by_its_tags_or_names(string group, string volume, string tags, string label, string? uuid)
    {
        var disk = new byte[DiskBytes];
        LvmDisk.Build($"{group} {{\nlogical_volumes {{\n{volume} {{\ntags = [{tags}]\n}}\n}}\n}}\n", 1024).CopyTo(disk, 0);

        Assert.Equal(
            [new Signature("lvm2_member", 536, group, LvmDisk.Uuid), new Signature("ceph_lvm", LvmDisk.AreaAt + 1024, label, uuid)],
            Probe(disk));
    }

    [Theory]
    [InlineData("cephalopods")]
    [InlineData("ceph-old")]
    public void A_group_that_only_sounds_like_ceph_is_none(string group)
    {
        var disk = new byte[DiskBytes];
        LvmDisk.Build($"{group} {{\n}}\n").CopyTo(disk, 0);

        Assert.Equal(["lvm2_member"], Probe(disk).Select(mark => mark.Kind));
    }

    [Theory]
    [InlineData("3", "osd.3")]
    [InlineData("", Fsid)]
    [InlineData("x1", Fsid)]
    public void A_BlueStore_tells_its_OSD(string whoami, string label)
    {
        var disk = new byte[DiskBytes];
        byte[] text = [.. Encoding.ASCII.GetBytes($"bluestore block device\n{Fsid}\n"), 2, 1, .. new byte[60], 6, 0, 0, 0, .. "whoami"u8, (byte)whoami.Length, 0, 0, 0, .. Encoding.ASCII.GetBytes(whoami)];
        text.CopyTo(disk, 0);

        Assert.Equal([new Signature("ceph_bluestore", 0, label, Fsid)], Probe(disk));
    }

    [Fact]
    public void A_pool_of_ZFS_tells_name_guid_and_version()
    {
        var disk = new byte[DiskBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(disk.AsSpan(128 * KiB), 0x00BAB10C);
        byte[] list =
        [
            .. Pair("version", 8, Number(5000)), .. Pair("name", 9, [0, 0, 0, 8, .. "database"u8]), .. Pair("pool_guid", 8, Number(3114522629682411855)),
            // Of the tree of devices below, which has guids of its own.
            .. Pair("vdev_tree", 19, new byte[8]), .. Pair("pool_guid", 8, Number(1)),
        ];
        list.CopyTo(disk, 16 * KiB + 12);

        Assert.Equal([new Signature("zfs_member", 128 * KiB, "database", "3114522629682411855", "5000")], Probe(disk));

        static byte[] Number(ulong value)
        {
            var bytes = new byte[8];
            BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
            return bytes;
        }

        // Length encoded, length decoded, name with its length, type, one value.
        static byte[] Pair(string name, byte type, byte[] value) =>
            [0, 0, 0, 48, 0, 0, 0, 48, 0, 0, 0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), .. new byte[(4 - name.Length % 4) % 4], 0, 0, 0, type, 0, 0, 0, 1, .. value];
    }

    [Theory]
    [InlineData(0x6B, 40, "v08")]
    [InlineData(0x6C, 40, "v08")]
    [InlineData(0x6D, 48, "v09")]
    public void A_replicated_device_tells_version_and_uuid(byte magic, int uuidAt, string version)
    {
        var disk = new byte[DiskBytes];
        const int block = DiskBytes / 4096 * 4096 - 4096;
        new byte[] { 0x83, 0x74, 0x02, magic }.CopyTo(disk, block + 60);
        BinaryPrimitives.WriteUInt64BigEndian(disk.AsSpan(block + uuidAt), 0x0123456789ABCDEF);

        Assert.Equal([new Signature("drbd", block + 60, "123456789abcdef", "123456789abcdef", version)], Probe(disk));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(64)]
    public void Swap_is_known_for_every_size_of_page(int page)
    {
        var disk = new byte[DiskBytes];
        "SWAPSPACE2"u8.CopyTo(disk.AsSpan(page * KiB - 10));
        UuidBytes.CopyTo(disk, 1036);

        Assert.Equal([new Signature("swap", page * KiB - 10, Guid1, Guid1)], Probe(disk));
    }

    [Theory]
    [InlineData(512)]
    [InlineData(9 * 512)]
    public void A_pool_of_Stratis_tells_both_its_uuids(int at)
    {
        var disk = new byte[DiskBytes];
        byte[] block = [0, 0, 0, 0, .. "!Stra0tis"u8, 0x86, 0xFF, 0x02, 0x5E, 0x41, .. "rh"u8, .. new byte[12], .. Encoding.ASCII.GetBytes("11111111222233334444555555555555"), .. Encoding.ASCII.GetBytes(Guid1.Replace("-", ""))];
        block.CopyTo(disk, at);

        Assert.Equal([new Signature("stratis", at + 4, "11111111-2222-3333-4444-555555555555", Guid1)], Probe(disk));
    }

    private static void Md(byte[] disk, int at, long superOffset)
    {
        var block = disk.AsSpan(at);
        BinaryPrimitives.WriteUInt32LittleEndian(block, 0xA92B4EFC);
        BinaryPrimitives.WriteUInt32LittleEndian(block[4..], 1);
        UuidBytes.CopyTo(block[16..]);
        "rescue:2"u8.CopyTo(block[32..]);
        BinaryPrimitives.WriteInt64LittleEndian(block[128..], 264192);
        BinaryPrimitives.WriteInt64LittleEndian(block[144..], superOffset);
    }

    private static IReadOnlyList<Signature> Probe(byte[] bytes)
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["disk"], bytes);
        using var disk = new FileDisk("disk", folder["disk"]);
        return SignatureProbe.Probe(disk, 0, disk.SizeBytes, wholeDisk: true);
    }
}
