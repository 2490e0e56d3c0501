using System.Buffers.Binary;
using Kronform.Provision.Agent.Inventory.Tables;
using Kronform.Provision.Agent.Linux;

namespace Kronform.Provision.Agent.Neutralising;

/// <summary>The raw bytes of one sound GPT of a disk: a header, and the entries it vouches for.</summary>
/// <param name="Primary">At the disk's start; the others are backups.</param>
internal sealed record GptCopy(bool Primary, long HeaderOffset, byte[] Header, long EntriesOffset, byte[] Entries, int EntryBytes)
{
    private static readonly int[] SectorSizes = [512, 4096];

    /// <summary>
    /// Every sound table that firmware, a kernel or Talos may find: in either sector size, at the start, at the end, and where
    /// the first header says that the other is (after a small image was copied to a large disk that is not the end). A place that
    /// cannot be read holds none. Backups first.
    /// </summary>
    public static IReadOnlyList<GptCopy> FindAll(ByteReader read, long diskBytes)
    {
        var found = new Dictionary<long, GptCopy>();
        foreach (var sector in SectorSizes)
        {
            if (diskBytes < 3 * sector) continue;
            var last = diskBytes / sector - 1;
            foreach (var lba in new[] { 1, last, AlternateLba(read, sector) })
                if (lba >= 1 && lba <= last) TryAdd(found, read, diskBytes, lba, sector);
        }
        return [.. found.Values.OrderBy(copy => copy.Primary).ThenBy(copy => copy.HeaderOffset)];
    }

    /// <summary>Also of a header whose checksum is wrong: what it leads to has a checksum of its own. 0 where there is none.</summary>
    private static long AlternateLba(ByteReader read, int sector)
    {
        try
        {
            var header = read(sector, sector);
            return header.AsSpan(0, 8).SequenceEqual("EFI PART"u8) ? BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(32)) : 0;
        }
        catch (DiskIoException)
        {
            return 0;
        }
    }

    private static void TryAdd(Dictionary<long, GptCopy> found, ByteReader read, long diskBytes, long lba, int sector)
    {
        try
        {
            Add(found, read, diskBytes, lba, sector);
        }
        catch (DiskIoException)
        {
            // What reads it next cannot either.
        }
    }

    private static void Add(Dictionary<long, GptCopy> found, ByteReader read, long diskBytes, long lba, int sector)
    {
        var offset = lba * sector;
        if (found.ContainsKey(offset) || GptTable.TryRead(read, offset, sector, diskBytes) is null) return;
        var header = read(offset, sector);
        var entryBytes = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(84));
        var entriesOffset = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(72)) * sector;
        var entries = read(entriesOffset, BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(80)) * entryBytes);
        found.Add(offset, new GptCopy(lba == 1, offset, header, entriesOffset, entries, entryBytes));
    }

    /// <summary>The header's bytes with the checksums of itself and of other entries.</summary>
    public byte[] HeaderFor(ReadOnlySpan<byte> entries)
    {
        var header = Header.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(88), Crc32.Of(entries));
        // The header's own checksum is taken with its place zero.
        header.AsSpan(16, 4).Clear();
        var counted = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(12));
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(16), Crc32.Of(header.AsSpan(0, counted)));
        return header;
    }
}
