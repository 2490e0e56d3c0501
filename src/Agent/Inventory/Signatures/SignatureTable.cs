using System.Text;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Kronform.Provision.Agent.Inventory.Signatures;

/// <summary>
/// Marks that a block with fixed magic bytes gives away. Places and fields are from the formats' own documents and kernel
/// headers (ext4 disk layout, md.4, LVM2 label, cryptsetup's LUKS2 specification, BlueStore's bdev label, drbd's metadata).
/// </summary>
internal static class SignatureTable
{
    private const long KiB = 1 << 10;
    private const long MiB = 1 << 20;
    private const long GiB = 1 << 30;

    public static IReadOnlyList<SignatureRule> Rules { get; } =
    [
        new("ext2", Place.At(1024), 0x38, [0x53, 0xEF])
        {
            // Two bytes alone turn up by chance: block size, revision and inode count must make sense too.
            Valid = b => ReadUInt32LittleEndian(b[0x18..]) <= 6 && ReadUInt32LittleEndian(b[0x4C..]) <= 1
                && ReadUInt32LittleEndian(b) > 0 && ReadUInt32LittleEndian(b[4..]) > 0,
            KindOf = ExtKind,
            Label = b => Text(b.Slice(0x78, 16)) ?? Uuid(b[0x68..]),
        },
        new("xfs", Place.Start, 0, "XFSB"u8.ToArray()) { Label = b => Text(b.Slice(0x6C, 12)) ?? Uuid(b[32..]) },
        new("btrfs", Place.At(64 * KiB, 64 * MiB, 256 * GiB), 0x40, "_BHRfS_M"u8.ToArray())
        {
            BlockBytes = 4096,
            ValidHere = (b, offset) => ReadInt64LittleEndian(b[0x30..]) == offset,
            Label = b => Text(b.Slice(0x12B, 256)) ?? Uuid(b[0x20..]),
        },
        new("vfat", Place.Start, 0x52, "FAT32   "u8.ToArray()) { Valid = IsBiosParameterBlock, Label = b => FatLabel(b, 0x43) },
        new("vfat", Place.Start, 0x36, "FAT12   "u8.ToArray()) { Valid = IsBiosParameterBlock, Label = b => FatLabel(b, 0x27) },
        new("vfat", Place.Start, 0x36, "FAT16   "u8.ToArray()) { Valid = IsBiosParameterBlock, Label = b => FatLabel(b, 0x27) },
        new("exfat", Place.Start, 3, "EXFAT   "u8.ToArray()),
        new("ntfs", Place.Start, 3, "NTFS    "u8.ToArray()),
        new("BitLocker", Place.Start, 3, "-FVE-FS-"u8.ToArray()),
        new("iso9660", Place.At(32 * KiB), 1, "CD001"u8.ToArray()) { Label = b => Text(b.Slice(40, 32)) },
        new("udf", Place.At(32 * KiB), 1, "BEA01"u8.ToArray()),
        new("squashfs", Place.Start, 0, "hsqs"u8.ToArray()),
        new("f2fs", Place.At(1024), 0, [0x10, 0x20, 0xF5, 0xF2]),
        new("reiserfs", Place.At(64 * KiB), 52, "ReIsEr"u8.ToArray()),
        new("jfs", Place.At(32 * KiB), 0, "JFS1"u8.ToArray()),
        new("VMFS_volume_member", Place.At(MiB), 0, [0x0D, 0xD0, 0x01, 0xC0]),
        new("stratis", Place.At(512), 4, [0x21, 0x53, 0x74, 0x72, 0x61, 0x30, 0x74, 0x69, 0x73]),

        // md keeps version 0.90 in the last whole 64 KiB but one, 1.0 in the last 8 KiB rounded to 4 KiB.
        new("linux_raid_member", [new Place(-64 * KiB, 64 * KiB)], 0, [0xFC, 0x4E, 0x2B, 0xA9]) { Label = b => MdUuid(b) },
        new("linux_raid_member", [new Place(-64 * KiB, 64 * KiB)], 0, [0xA9, 0x2B, 0x4E, 0xFC]) { Label = b => MdUuid(b) },
        new("linux_raid_member", [new Place(-8 * KiB, 4 * KiB), new Place(0), new Place(4 * KiB)], 0, [0xFC, 0x4E, 0x2B, 0xA9])
        {
            Valid = b => ReadUInt32LittleEndian(b[4..]) == 1,
            ValidHere = (b, offset) => ReadInt64LittleEndian(b[128..]) == offset / 512,
            Label = b => Text(b.Slice(32, 32)) ?? Uuid(b[16..]),
        },
        new("isw_raid_member", [new Place(-1024, 512)], 0, "Intel Raid ISM Cfg Sig. "u8.ToArray()),
        new("ddf_raid_member", [new Place(-512, 512), new Place(-257 * 512, 512)], 0, [0xDE, 0x11, 0xDE, 0x11]),

        new("lvm2_member", Place.At(0, 512, 1024, 1536), 24, "LVM2 001"u8.ToArray())
        {
            Valid = b => b[..8].SequenceEqual("LABELONE"u8),
            Label = b => Text(b.Slice(32, 32)),
        },
        new("crypto_luks", Place.Start, 0, [0x4C, 0x55, 0x4B, 0x53, 0xBA, 0xBE])
        {
            Valid = b => ReadUInt16BigEndian(b[6..]) is 1 or 2,
            Label = b => (ReadUInt16BigEndian(b[6..]) == 2 ? Text(b.Slice(24, 48)) : null) ?? Text(b.Slice(168, 40)),
        },
        // The second LUKS2 header begins where the first one's size says; all sizes that exist are tried.
        new("crypto_luks", Place.At(16 * KiB, 32 * KiB, 64 * KiB, 128 * KiB, 256 * KiB, 512 * KiB, MiB, 2 * MiB, 4 * MiB),
            0, [0x53, 0x4B, 0x55, 0x4C, 0xBA, 0xBE])
        {
            Valid = b => ReadUInt16BigEndian(b[6..]) == 2,
            Label = b => Text(b.Slice(24, 48)) ?? Text(b.Slice(168, 40)),
        },
        new("ceph_bluestore", Place.At(0, GiB, 10 * GiB, 100 * GiB, 1000 * GiB), 0, "bluestore block device\n"u8.ToArray())
        {
            Label = b => Text(b.Slice(23, 36)),
        },
        new("bcache", Place.At(4 * KiB), 24,
            [0xC6, 0x85, 0x73, 0xF6, 0x4E, 0x1A, 0x45, 0xCA, 0x82, 0x65, 0xF5, 0x7F, 0x48, 0xBA, 0x6D, 0x81])
        {
            Label = b => Text(b.Slice(72, 32)) ?? Uuid(b[40..]),
        },
        // Versions 0.7 to 9 count the last byte of the magic up.
        .. new byte[] { 0x6A, 0x6B, 0x6C, 0x6D }.Select(last =>
            new SignatureRule("drbd", [new Place(-4 * KiB, 4 * KiB)], 60, [0x83, 0x74, 0x02, last])),

        // Swap's mark ends the first page, whose size is that of the machine that made it.
        .. new long[] { 4, 8, 16, 32, 64 }.SelectMany(page => new[] { "SWAPSPACE2", "SWAP-SPACE", "S1SUSPEND", "ULSUSPEND", "LINHIB0001" }
            .Select(magic => new SignatureRule("swap", Place.Start, (int)(page * KiB) - 10, Encoding.ASCII.GetBytes(magic))
            {
                BlockBytes = (int)(page * KiB),
                Label = b => Text(b.Slice(1052, 16)) ?? Uuid(b[1036..]),
            })),
    ];

    private static string ExtKind(ReadOnlySpan<byte> block)
    {
        const uint hasJournal = 4, journalDevice = 8, ext3Incompatible = 0x2 | 0x4 | 0x10, ext3ReadOnly = 1 | 2 | 4;
        var compatible = ReadUInt32LittleEndian(block[0x5C..]);
        var incompatible = ReadUInt32LittleEndian(block[0x60..]);
        var readOnly = ReadUInt32LittleEndian(block[0x64..]);
        if ((incompatible & journalDevice) != 0) return "jbd";
        if ((incompatible & ~ext3Incompatible) != 0 || (readOnly & ~ext3ReadOnly) != 0) return "ext4";
        return (compatible & hasJournal) != 0 ? "ext3" : "ext2";
    }

    private static bool IsBiosParameterBlock(ReadOnlySpan<byte> block)
    {
        int sector = ReadUInt16LittleEndian(block[11..]), cluster = block[13];
        return block[510] == 0x55 && block[511] == 0xAA && sector is 512 or 1024 or 2048 or 4096
            && cluster != 0 && (cluster & (cluster - 1)) == 0
            && ReadUInt16LittleEndian(block[14..]) != 0 && block[16] != 0;
    }

    /// <summary>The boot sector's volume name, else the serial number written as <c>blkid</c> does.</summary>
    private static string? FatLabel(ReadOnlySpan<byte> block, int serialAt)
    {
        var name = Text(block.Slice(serialAt + 4, 11));
        if (name is not null && name != "NO NAME") return name;
        var serial = ReadUInt32LittleEndian(block[serialAt..]);
        return $"{serial >> 16:X4}-{serial & 0xFFFF:X4}";
    }

    private static string MdUuid(ReadOnlySpan<byte> block)
    {
        var little = block[0] == 0xFC;
        Span<uint> words = stackalloc uint[4];
        int[] places = [20, 52, 56, 60];
        for (var index = 0; index < 4; index++)
            words[index] = little ? ReadUInt32LittleEndian(block[places[index]..]) : ReadUInt32BigEndian(block[places[index]..]);
        return $"{words[0]:x8}:{words[1]:x8}:{words[2]:x8}:{words[3]:x8}";
    }

    private static string? Uuid(ReadOnlySpan<byte> bytes)
    {
        var uuid = new Guid(bytes[..16], bigEndian: true);
        return uuid == Guid.Empty ? null : uuid.ToString();
    }

    /// <summary>Up to the first NUL, trimmed; null when empty. Bytes that are no text become replacement characters.</summary>
    private static string? Text(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)0);
        var text = Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]).Trim();
        return text.Length == 0 ? null : text;
    }
}
