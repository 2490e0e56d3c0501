using static System.Buffers.Binary.BinaryPrimitives;

namespace Kronform.Provision.Agent.Inventory.Signatures;

/// <summary>
/// Copies that formats keep away from the start, where the rules of <see cref="SignatureTable"/> look: what lost its first MiB to
/// a stray write is still somebody's data. Only the first copy of each is looked for; one read a format and block size.
/// </summary>
internal static class BackupSuperblocks
{
    private const long KiB = 1 << 10;
    private const long MiB = 1 << 20;
    private const long GiB = 1 << 30;
    private const long TiB = 1L << 40;

    /// <param name="volumeBytes">Some places depend on the size of the volume.</param>
    public static IEnumerable<SignatureRule> Rules(long volumeBytes) =>
    [
        // ext2 to ext4 keep one in block group 1, which begins after eight times as many blocks as one has bytes; with
        // blocks of 1 KiB the first block belongs to no group. (ext4 disk layout: s_log_block_size 0x18, s_block_group_nr 0x5A)
        Ordinary("ext2") with
        {
            Places = Place.At(8193 * KiB, 32 * MiB, 128 * MiB),
            ValidHere = (block, offset) => ReadUInt16LittleEndian(block[0x5A..]) == 1
                && offset == ReadUInt32LittleEndian(block[0x18..]) switch { 0 => 8193 * KiB, 1 => 32 * MiB, 2 => 128 * MiB, _ => -1 },
        },

        // Every allocation group of XFS begins with one. mkfs.xfs makes four groups, or groups of 1 TiB less a block on volumes of
        // 4 TiB and more; the superblock itself says how large they are. (xfs_format.h: sb_blocksize 4, sb_agblocks 84)
        Ordinary("xfs") with
        {
            Places = Place.At((volumeBytes / 4096 + 3) / 4 * 4096, TiB - 4096),
            ValidHere = (block, offset) => (long)ReadUInt32BigEndian(block[84..]) * ReadUInt32BigEndian(block[4..]) == offset,
        },

        // The first logical volume of a volume group begins 1 MiB into its disk: where ceph-volume made an OSD, its labels are
        // there, and stay when the volume group's own are lost.
        Ordinary("ceph_bluestore") with { Places = Place.At(MiB, MiB + GiB, MiB + 10 * GiB, MiB + 100 * GiB, MiB + 1000 * GiB) },

        // NTFS keeps a copy of its boot sector in the last sector.
        Ordinary("ntfs") with { Places = [new Place(-512, 512)] },
    ];

    private static SignatureRule Ordinary(string kind) => SignatureTable.Rules.Single(rule => rule.Kind == kind);
}
