using System.Buffers.Binary;
using System.Text;
using Kronform.Provision.Agent.Linux;

namespace Kronform.Provision.Agent.Inventory.Tables;

/// <summary>A GPT whose header and entries both have the right checksum.</summary>
/// <param name="HeaderOffsetBytes">Where the header that was believed lies.</param>
/// <param name="LogicalSectorBytes">The sector size that the table counts in, which need not be the disk's.</param>
/// <param name="AlternateLba">Where the other header should be; for a primary this is the image's or disk's last sector.</param>
internal sealed record GptTable(
    long HeaderOffsetBytes, int LogicalSectorBytes, long AlternateLba, IReadOnlyList<GptEntry> Entries)
{
    public const string Magic = "EFI PART";

    public bool IsPrimary => HeaderOffsetBytes == LogicalSectorBytes;

    private const int LargestEntriesBytes = 1 << 20;

    /// <summary>The primary table, else the backup; null when neither is sound.</summary>
    public static GptTable? Read(ByteReader read, long diskBytes, int logicalSectorBytes)
    {
        // The disk's own sector size first. The other one finds tables that were copied from a disk of the other kind.
        int[] sizes = logicalSectorBytes == 4096 ? [4096, 512] : [512, 4096];
        foreach (var sector in sizes)
            if (TryRead(read, sector, sector, diskBytes) is { } primary) return primary;
        foreach (var sector in sizes)
            if (diskBytes >= 2 * sector && TryRead(read, (diskBytes / sector - 1) * sector, sector, diskBytes) is { } backup) return backup;
        return null;
    }

    /// <summary>
    /// The primary table and every backup that can be found: in the last sector of the disk, and where the primary's header says
    /// its other half is. The two differ after an image was written to a larger disk: the image's own backup lies where the
    /// image ended, and the disk's last sector may still hold that of the table before.
    /// </summary>
    public static (GptTable? Primary, IReadOnlyList<GptTable> Backups) ReadAll(ByteReader read, long diskBytes, int logicalSectorBytes)
    {
        int[] sizes = logicalSectorBytes == 4096 ? [4096, 512] : [512, 4096];
        GptTable? primary = null;
        var backups = new SortedDictionary<long, GptTable>();
        foreach (var sector in sizes)
        {
            if (diskBytes < 2 * sector) continue;
            primary ??= Readable(() => TryRead(read, sector, sector, diskBytes));
            var last = diskBytes / sector - 1;
            // The field is believed even in a header whose checksum is wrong: what it leads to has a checksum of its own.
            foreach (var lba in new[] { last, Readable(() => AlternateOf(read, sector)) }.Distinct())
                if (lba > 1 && lba <= last && Readable(() => TryRead(read, lba * sector, sector, diskBytes)) is { } backup)
                    backups.TryAdd(lba * sector, backup);
        }
        return (primary, [.. backups.Values]);
    }

    private static long AlternateOf(ByteReader read, int sector)
    {
        var header = read(sector, sector);
        return header.AsSpan(0, 8).SequenceEqual(Encoding.ASCII.GetBytes(Magic)) ? BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(32)) : 0;
    }

    /// <summary>One copy that cannot be read must not hide the others.</summary>
    private static T? Readable<T>(Func<T?> read)
    {
        try
        {
            return read();
        }
        catch (DiskIoException)
        {
            return default;
        }
    }

    public static GptTable? TryRead(ByteReader read, long headerOffset, int sector, long diskBytes)
    {
        if (headerOffset + sector > diskBytes) return null;
        var header = read(headerOffset, sector);
        if (!header.AsSpan(0, 8).SequenceEqual(Encoding.ASCII.GetBytes(Magic))) return null;

        var headerBytes = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(12));
        if (headerBytes < 92 || headerBytes > sector) return null;
        var storedCrc = BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(16));
        header.AsSpan(16, 4).Clear();
        if (Crc32.Of(header.AsSpan(0, headerBytes)) != storedCrc) return null;
        if (BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(24)) != headerOffset / sector) return null;

        var entriesLba = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(72));
        var count = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(80));
        var entryBytes = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(84));
        if (entriesLba <= 0 || entriesLba > diskBytes / sector || count <= 0 || entryBytes < 128
            || (long)count * entryBytes > LargestEntriesBytes) return null;
        var entriesOffset = entriesLba * sector;
        var total = count * entryBytes;
        if (entriesOffset + total > diskBytes) return null;
        var entries = read(entriesOffset, total);
        if (Crc32.Of(entries) != BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(88))) return null;

        var found = new List<GptEntry>();
        for (var index = 0; index < count; index++)
            if (GptEntry.Parse(entries.AsSpan(index * entryBytes, entryBytes), index + 1, sector) is { } entry) found.Add(entry);
        return new GptTable(headerOffset, sector, BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(32)), found);
    }
}

/// <summary>One used entry; offsets in bytes.</summary>
internal sealed record GptEntry(int Number, Guid Type, Guid Unique, long OffsetBytes, long SizeBytes, string? Name)
{
    public static GptEntry? Parse(ReadOnlySpan<byte> entry, int number, int sector)
    {
        var type = new Guid(entry[..16]);
        if (type == Guid.Empty) return null;
        var first = BinaryPrimitives.ReadInt64LittleEndian(entry[32..]);
        var last = BinaryPrimitives.ReadInt64LittleEndian(entry[40..]);
        if (first < 0 || last < first || last > long.MaxValue / sector - 1) return null;
        var name = Encoding.Unicode.GetString(entry.Slice(56, 72));
        var end = name.IndexOf('\0');
        if (end >= 0) name = name[..end];
        return new GptEntry(number, type, new Guid(entry.Slice(16, 16)), first * sector, (last - first + 1) * sector,
            name.Length == 0 ? null : name);
    }
}

/// <summary>Reads exactly so many bytes from a place on a disk or in an image; the caller may change the array.</summary>
internal delegate byte[] ByteReader(long offset, int count);
