using System.Buffers.Binary;

namespace Kronform.Provision.Agent.Inventory.Tables;

/// <summary>The old partition table, with the chain of logical partitions. LBAs count in the disk's logical sectors.</summary>
internal static class MbrTable
{
    public const byte Protective = 0xEE;

    private const int MostLogical = 64;
    private const int CodeBytes = 440;

    /// <summary>
    /// Whether BIOS firmware would start the code in a disk's first sector: it looks at the mark at the end, and jumps. (Some look
    /// for zeros as well.) The 440 bytes before the disk's number and its entries are the code. Of a file system on a whole
    /// disk (FAT, NTFS) they are its boot sector, which counts: even one that only says that nothing can be started from it
    /// keeps the firmware from going on to the next disk.
    /// </summary>
    public static bool HasBootCode(ReadOnlySpan<byte> firstSector) =>
        firstSector.Length >= 512 && firstSector[510] == 0x55 && firstSector[511] == 0xAA
        && firstSector[..CodeBytes].IndexOfAnyExcept((byte)0) >= 0;

    /// <summary>Null when the sector is not one: no mark, or flags that no table has (a boot sector of a file system).</summary>
    public static IReadOnlyList<MbrEntry>? Read(ByteReader read, long diskBytes, int sector)
    {
        var mbr = read(0, 512);
        if (Entries(mbr) is not { } entries) return null;
        var found = new List<MbrEntry>();
        for (var index = 0; index < 4; index++)
        {
            var (type, start, count) = entries[index];
            if (type == 0 || count == 0) continue;
            found.Add(new MbrEntry(index + 1, type, start * sector, count * sector));
        }
        // MBRs of more than one extended partition do not exist outside of test suites; the kernel walks them all, so do we.
        var number = 5;
        foreach (var extended in found.Where(entry => entry.IsExtended).ToArray())
            foreach (var logical in Logical(read, extended, diskBytes, sector))
                found.Add(logical with { Number = number++ });
        return found;
    }

    private static IEnumerable<MbrEntry> Logical(ByteReader read, MbrEntry extended, long diskBytes, int sector)
    {
        var at = extended.OffsetBytes;
        for (var links = 0; links < MostLogical && at > 0 && at + 512 <= diskBytes; links++)
        {
            if (Entries(read(at, 512)) is not { } entries) yield break;
            var (type, start, count) = entries[0];
            if (type != 0 && count != 0) yield return new MbrEntry(0, type, at + start * sector, count * sector);
            var (_, next, nextCount) = entries[1];
            if (next == 0 || nextCount == 0) yield break;
            at = extended.OffsetBytes + next * sector;
        }
    }

    private static (byte Type, long Start, long Count)[]? Entries(byte[] sector)
    {
        if (sector[510] != 0x55 || sector[511] != 0xAA) return null;
        var entries = new (byte, long, long)[4];
        for (var index = 0; index < 4; index++)
        {
            var entry = sector.AsSpan(446 + index * 16, 16);
            if ((entry[0] & 0x7F) != 0) return null;
            entries[index] = (entry[4], BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]), BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]));
        }
        return entries;
    }
}

internal sealed record MbrEntry(int Number, byte Type, long OffsetBytes, long SizeBytes)
{
    public bool IsExtended => Type is 0x05 or 0x0F or 0x85;
}
