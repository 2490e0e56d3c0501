using Kronform.Provision.Agent.Inventory.Tables;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Neutralising;

/// <summary>The program in the first sector that BIOS firmware starts.</summary>
internal static class BootCode
{
    /// <summary>Behind it come the disk signature at 440 and the table at 446, which other systems go by; they stay.</summary>
    public const int Bytes = 440;

    private static readonly string[] Tables = ["gpt", "dos", "pmbr"];

    /// <summary>
    /// True when there is code and the sector is a partition table's. The same bytes of a file system on the whole disk are its
    /// parameters (FAT, NTFS) or its superblock: those are somebody's data and never boot code to this program.
    /// </summary>
    public static bool IsThere(ByteReader read, long diskBytes, int sector, IReadOnlyList<Signature> marks)
    {
        if (diskBytes < 4096 || read(0, Bytes).AsSpan().IndexOfAnyExcept((byte)0) < 0) return false;
        if (marks.Any(mark => mark.OffsetBytes < 512 && !Tables.Contains(mark.Kind, StringComparer.OrdinalIgnoreCase))) return false;
        return MbrTable.Read(read, diskBytes, sector) is { Count: > 0 };
    }
}
