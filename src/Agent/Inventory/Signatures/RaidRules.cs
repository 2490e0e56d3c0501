using static System.Buffers.Binary.BinaryPrimitives;
using static Kronform.Provision.Agent.Inventory.Signatures.SignatureFields;
using static Kronform.Provision.Agent.Inventory.Signatures.SignatureTable;

namespace Kronform.Provision.Agent.Inventory.Signatures;

/// <summary>
/// Members of arrays and replicated devices. md: <c>linux/raid/md_p.h</c> and md(4); DRBD: <c>drbd_meta_data.h</c>; firmware
/// RAID: mdadm's <c>super-intel.c</c> and the SNIA DDF specification.
/// </summary>
internal static class RaidRules
{
    private static readonly byte[] MdLittle = [0xFC, 0x4E, 0x2B, 0xA9];
    private static readonly byte[] MdBig = [0xA9, 0x2B, 0x4E, 0xFC];

    public static IReadOnlyList<SignatureRule> All { get; } =
    [
        // Version 0.90 lies in the last whole 64 KiB but one, in the byte order of the machine that made it.
        OldMd(MdLittle),
        OldMd(MdBig),
        // 1.0 lies in the last 8 KiB rounded to 4 KiB, so that it is between 8 and 12 KiB from the end.
        Md("1.0", new Place(-8 * KiB, 4 * KiB)),
        Md("1.1", new Place(0)),
        Md("1.2", new Place(4 * KiB)),

        new("isw_raid_member", [new Place(-1024, 512)], 0, "Intel Raid ISM Cfg Sig. "u8.ToArray()),
        new("ddf_raid_member", [new Place(-512, 512), new Place(-257 * 512, 512)], 0, [0xDE, 0x11, 0xDE, 0x11]),

        // The last byte of the magic counts up with the format: 0.7, 8, 8.4 not closed cleanly, 9.
        Drbd(0x6A, "v07", deviceUuidAt: 40),
        Drbd(0x6B, "v08", deviceUuidAt: 40),
        Drbd(0x6C, "v08", deviceUuidAt: 40),
        Drbd(0x6D, "v09", deviceUuidAt: 48),
    ];

    private static SignatureRule Md(string version, Place place) => new("linux_raid_member", [place], 0, MdLittle)
    {
        Valid = b => ReadUInt32LittleEndian(b[4..]) == 1,
        // super_offset, in sectors: the end of a partition is often the end of the disk, but not at the same distance from the start.
        ValidHere = (b, offset) => ReadInt64LittleEndian(b[144..]) == offset / 512,
        Name = b => Text(b.Slice(32, 32)),
        Uuid = b => Uuid(b[16..]),
        Version = _ => version,
    };

    private static SignatureRule OldMd(byte[] magic) => new("linux_raid_member", [new Place(-64 * KiB, 64 * KiB)], 0, magic)
    {
        Uuid = OldMdUuid,
        Version = _ => "0.90",
    };

    private static SignatureRule Drbd(byte magic, string version, int deviceUuidAt) =>
        new("drbd", [new Place(-4 * KiB, 4 * KiB)], 60, [0x83, 0x74, 0x02, magic])
        {
            Uuid = b => ReadUInt64BigEndian(b[deviceUuidAt..]) is var uuid and not 0 ? $"{uuid:x}" : null,
            Version = _ => version,
        };

    /// <summary>As mdadm prints it.</summary>
    private static string OldMdUuid(ReadOnlySpan<byte> block)
    {
        var little = block[0] == MdLittle[0];
        Span<uint> words = stackalloc uint[4];
        int[] places = [20, 52, 56, 60];
        for (var index = 0; index < 4; index++)
            words[index] = little ? ReadUInt32LittleEndian(block[places[index]..]) : ReadUInt32BigEndian(block[places[index]..]);
        return $"{words[0]:x8}:{words[1]:x8}:{words[2]:x8}:{words[3]:x8}";
    }
}
