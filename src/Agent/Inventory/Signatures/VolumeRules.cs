using System.Text;
using static System.Buffers.Binary.BinaryPrimitives;
using static Kronform.Provision.Agent.Inventory.Signatures.SignatureFields;
using static Kronform.Provision.Agent.Inventory.Signatures.SignatureTable;

namespace Kronform.Provision.Agent.Inventory.Signatures;

/// <summary>
/// Encrypted volumes, caches, pools and raw stores. LUKS: the LUKS1 and LUKS2 on-disk format specifications; BlueStore:
/// <c>bluestore_bdev_label_t</c>; bcache: <c>bcache_ondisk.h</c>; Stratis: its software design document; swap: mkswap(8) and
/// the kernel's <c>linux/swap.h</c>.
/// </summary>
internal static class VolumeRules
{
    private static readonly byte[] BcacheMagic = [0xC6, 0x85, 0x73, 0xF6, 0x4E, 0x1A, 0x45, 0xCA, 0x82, 0x65, 0xF5, 0x7F, 0x48, 0xBA, 0x6D, 0x81];
    private static readonly byte[] BcachefsMagic = [0xC6, 0x85, 0x73, 0xF6, 0x66, 0xCE, 0x90, 0xA9, 0xD9, 0x6A, 0x60, 0xCF, 0x80, 0x3D, 0xF7, 0xEF];
    private static readonly byte[] StratisMagic = [.. "!Stra0tis"u8, 0x86, 0xFF, 0x02, 0x5E, 0x41, .. "rh"u8];

    public static IReadOnlyList<SignatureRule> All { get; } =
    [
        new("crypto_luks", Place.Start, 0, [.. "LUKS"u8, 0xBA, 0xBE])
        {
            Valid = b => ReadUInt16BigEndian(b[6..]) is 1 or 2,
            Name = b => ReadUInt16BigEndian(b[6..]) == 2 ? Text(b.Slice(24, 48)) : null,
            Uuid = b => Text(b.Slice(168, 40)),
            Version = b => $"{ReadUInt16BigEndian(b[6..])}",
        },
        // The second LUKS2 header begins where the first one's size says; all sizes that exist are tried.
        new("crypto_luks", Place.At(16 * KiB, 32 * KiB, 64 * KiB, 128 * KiB, 256 * KiB, 512 * KiB, MiB, 2 * MiB, 4 * MiB),
            0, [.. "SKUL"u8, 0xBA, 0xBE])
        {
            Valid = b => ReadUInt16BigEndian(b[6..]) == 2,
            Name = b => Text(b.Slice(24, 48)),
            Uuid = b => Text(b.Slice(168, 40)),
            Version = _ => "2",
        },
        // Ceph up to 18 keeps only the first; later ones add the others as far as the device reaches.
        new("ceph_bluestore", Place.At(0, GiB, 10 * GiB, 100 * GiB, 1000 * GiB), 0, "bluestore block device\n"u8.ToArray())
        {
            BlockBytes = 4096,
            Name = OsdName,
            Uuid = b => Text(b.Slice(23, 36)),
        },
        new("bcache", Place.At(4 * KiB), 24, BcacheMagic) { Name = b => Text(b.Slice(72, 32)), Uuid = b => Uuid(b[40..]) },
        new("bcachefs", Place.At(4 * KiB), 24, BcachefsMagic) { Name = b => Text(b.Slice(72, 32)), Uuid = b => Uuid(b[56..]) },
        new("stratis", Place.At(512, 9 * 512), 4, StratisMagic) { Name = b => DashedUuid(b[32..]), Uuid = b => DashedUuid(b[64..]) },
        new("BitLocker", Place.Start, 3, "-FVE-FS-"u8.ToArray()),
        new("vdo", Place.Start, 0, "dmvdo001"u8.ToArray()),
        new("DM_integrity", Place.Start, 0, "integrt\0"u8.ToArray()),
        new("oracleasm", Place.Start, 32, "ORCLDISK"u8.ToArray()),
        new("VMFS_volume_member", Place.At(MiB), 0, [0x0D, 0xD0, 0x01, 0xC0]),

        // Swap's mark ends the first page, whose size is that of the machine that made it.
        .. new long[] { 4, 8, 16, 32, 64 }.SelectMany(page => new[] { "SWAPSPACE2", "SWAP-SPACE", "S1SUSPEND", "ULSUSPEND", "LINHIB0001" }
            .Select(magic => new SignatureRule("swap", Place.Start, (int)(page * KiB) - 10, Encoding.ASCII.GetBytes(magic))
            {
                BlockBytes = (int)(page * KiB),
                Name = b => Text(b.Slice(1052, 16)),
                Uuid = b => Uuid(b[1036..]),
            })),
    ];

    /// <summary>
    /// The number of the OSD, which the label's list of texts (each after its length) keeps under <c>whoami</c>; null in labels of
    /// a disk that was prepared but never started.
    /// </summary>
    private static string? OsdName(ReadOnlySpan<byte> block)
    {
        ReadOnlySpan<byte> key = [6, 0, 0, 0, .. "whoami"u8];
        var at = block.IndexOf(key);
        if (at < 0 || at + key.Length + 4 > block.Length) return null;
        var value = block[(at + key.Length)..];
        var length = ReadInt32LittleEndian(value);
        return length is > 0 and <= 10 && length + 4 <= value.Length && value.Slice(4, length).IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0
            ? "osd." + Encoding.ASCII.GetString(value.Slice(4, length))
            : null;
    }
}
