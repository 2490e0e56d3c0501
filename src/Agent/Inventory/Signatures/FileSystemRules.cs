using static System.Buffers.Binary.BinaryPrimitives;
using static Kronform.Provision.Agent.Inventory.Signatures.SignatureFields;
using static Kronform.Provision.Agent.Inventory.Signatures.SignatureTable;

namespace Kronform.Provision.Agent.Inventory.Signatures;

/// <summary>
/// File systems, and the copies of their superblocks that outlive the first. From the kernel's own headers and documents (ext4
/// disk layout, XFS algorithms and data structures, btrfs on-disk format, f2fs), Microsoft's of FAT and exFAT.
/// </summary>
internal static class FileSystemRules
{
    /// <summary>XFS counts an allocation group in 32 bits and keeps it below 1 TiB: the most blocks of 4096 bytes it can have.</summary>
    private const long LargestXfsGroupBlocks = (1 << 28) - 1;

    public static IReadOnlyList<SignatureRule> All { get; } =
    [
        Ext(Place.At(1024)),
        // The copy that begins the second block group, for blocks of 1, 2 and 4 KiB.
        Ext(Place.At(8193 * KiB, 32 * MiB, 128 * MiB)) with { ValidHere = (b, _) => ReadUInt16LittleEndian(b[0x5A..]) == 1 },
        Xfs(Place.Start),
        // Each allocation group begins with a copy. mkfs makes four of them, or as many as it takes of the largest there can be.
        Xfs([new Place(0) { Computed = bytes => (bytes / 4096 + 3) / 4 * 4096 }, new Place(LargestXfsGroupBlocks * 4096)]) with
        {
            ValidHere = (b, offset) => (long)ReadUInt32BigEndian(b[84..]) * ReadUInt32BigEndian(b[4..]) == offset,
        },
        new("btrfs", Place.At(64 * KiB, 64 * MiB, 256 * GiB), 0x40, "_BHRfS_M"u8.ToArray())
        {
            BlockBytes = 4096,
            ValidHere = (b, offset) => ReadInt64LittleEndian(b[0x30..]) == offset,
            Name = b => Text(b.Slice(0x12B, 256)),
            Uuid = b => Uuid(b[0x20..]),
        },
        Fat("FAT32   ", 0x52, 0x43, "FAT32"),
        Fat("FAT12   ", 0x36, 0x27, "FAT12"),
        Fat("FAT16   ", 0x36, 0x27, "FAT16"),
        new("exfat", Place.At(0, 12 * 512), 3, "EXFAT   "u8.ToArray()) { Uuid = b => Serial(ReadUInt32LittleEndian(b[100..])) },
        // The copy of the boot sector is the volume's last.
        new("ntfs", [new Place(0), new Place(-512, 512)], 3, "NTFS    "u8.ToArray())
        {
            Uuid = b => ReadUInt64LittleEndian(b[72..]) is var serial and not 0 ? $"{serial:X16}" : null,
        },
        new("iso9660", Place.At(32 * KiB), 1, "CD001"u8.ToArray()) { Name = b => Text(b.Slice(40, 32)) },
        new("udf", Place.At(32 * KiB), 1, "BEA01"u8.ToArray()),
        new("squashfs", Place.Start, 0, "hsqs"u8.ToArray()),
        new("f2fs", Place.At(1024, 4096 + 1024), 0, [0x10, 0x20, 0xF5, 0xF2]) { Uuid = b => Uuid(b[108..]) },
        new("reiserfs", Place.At(64 * KiB), 52, "ReIsEr"u8.ToArray()),
        new("jfs", Place.At(32 * KiB), 0, "JFS1"u8.ToArray()),
        new("ocfs2", Place.At(KiB, 2 * KiB, 4 * KiB, 8 * KiB), 0, "OCFSV2"u8.ToArray()),
        new("gfs2", Place.At(64 * KiB), 0, [0x01, 0x16, 0x19, 0x70, 0, 0, 0, 1]),
        new("apfs", Place.Start, 32, "NXSB"u8.ToArray()),
    ];

    private static SignatureRule Ext(Place[] places) => new("ext2", places, 0x38, [0x53, 0xEF])
    {
        // Two bytes alone turn up by chance: block size, revision and inode count must make sense too.
        Valid = b => ReadUInt32LittleEndian(b[0x18..]) <= 6 && ReadUInt32LittleEndian(b[0x4C..]) <= 1
            && ReadUInt32LittleEndian(b) > 0 && ReadUInt32LittleEndian(b[4..]) > 0,
        KindOf = ExtKind,
        Name = b => Text(b.Slice(0x78, 16)),
        Uuid = b => Uuid(b[0x68..]),
    };

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

    private static SignatureRule Xfs(Place[] places) => new("xfs", places, 0, "XFSB"u8.ToArray())
    {
        Name = b => Text(b.Slice(0x6C, 12)),
        Uuid = b => Uuid(b[32..]),
    };

    private static SignatureRule Fat(string magic, int at, int serialAt, string version) =>
        new("vfat", Place.Start, at, System.Text.Encoding.ASCII.GetBytes(magic))
        {
            Valid = IsBiosParameterBlock,
            Name = b => Text(b.Slice(serialAt + 4, 11)) is { } name && name != "NO NAME" ? name : null,
            Uuid = b => Serial(ReadUInt32LittleEndian(b[serialAt..])),
            Version = _ => version,
        };

    private static bool IsBiosParameterBlock(ReadOnlySpan<byte> block)
    {
        int sector = ReadUInt16LittleEndian(block[11..]), cluster = block[13];
        return block[510] == 0x55 && block[511] == 0xAA && sector is 512 or 1024 or 2048 or 4096
            && cluster != 0 && (cluster & (cluster - 1)) == 0
            && ReadUInt16LittleEndian(block[14..]) != 0 && block[16] != 0;
    }

    /// <summary>A FAT's serial number, written as <c>blkid</c> does.</summary>
    private static string? Serial(uint serial) => serial == 0 ? null : $"{serial >> 16:X4}-{serial & 0xFFFF:X4}";
}
