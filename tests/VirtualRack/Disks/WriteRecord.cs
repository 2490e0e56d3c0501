using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Kronform.Provision.VirtualRack.Disks;

/// <param name="Flushes">Everything before it is on the medium when this command ends.</param>
/// <param name="DataOffset">Where the written bytes lie in the record's file.</param>
public sealed record WriteEntry(long Offset, long Length, long DataOffset, bool Flushes);

/// <summary>
/// Every write and flush that one boot of a machine sent to a disk, in order, as QEMU's blklogwrites keeps them: the format of Linux's
/// dm-log-writes (Documentation/admin-guide/device-mapper/log-writes.rst, drivers/md/dm-log-writes.c), one super block and then entries of one
/// sector, each followed by its data.
/// </summary>
public sealed class WriteRecord : IDisposable
{
    private const int Sector = 512;
    private const ulong Magic = 0x6a736677736872;
    private const ulong Flush = 1, ForceUnitAccess = 2, Discard = 4, Known = 15;

    private readonly SafeFileHandle _file;

    private WriteRecord(SafeFileHandle file, IReadOnlyList<WriteEntry> entries) => (_file, Entries) = (file, entries);

    public IReadOnlyList<WriteEntry> Entries { get; }

    /// <exception cref="InvalidDataException">Not such a record, or one with commands that this does not know how to repeat.</exception>
    public static WriteRecord Open(string path)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        try
        {
            return new WriteRecord(file, Read(file, path));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public byte[] Data(WriteEntry entry)
    {
        var bytes = new byte[entry.Length];
        // What lies behind the file's end was recorded as zeros.
        RandomAccess.Read(_file, bytes, entry.DataOffset);
        return bytes;
    }

    public void Dispose() => _file.Dispose();

    private static List<WriteEntry> Read(SafeFileHandle file, string path)
    {
        var sector = new byte[Sector];
        ulong Field(int index) => BinaryPrimitives.ReadUInt64LittleEndian(sector.AsSpan(8 * index));
        if (RandomAccess.Read(file, sector, 0) < Sector || Field(0) != Magic || (uint)Field(3) != Sector)
            throw new InvalidDataException($"{path} is no record of writes");
        var entries = new List<WriteEntry>();
        for (long at = Sector; RandomAccess.Read(file, sector, at) == Sector; )
        {
            var (first, sectors, flags) = (Field(0), Field(1), Field(2));
            // The super block's count lags behind; entries end where nothing was written yet.
            if (sectors == 0 && flags == 0) break;
            if ((flags & ~Known) != 0 || Field(3) != 0) throw new InvalidDataException($"{path}: byte {at} is no entry");
            if ((flags & Discard) != 0) throw new InvalidDataException($"{path}: the machine discarded {sectors} sectors at {first}, and what they read as then is not known");
            at += Sector;
            entries.Add(new WriteEntry((long)first * Sector, (long)sectors * Sector, at, (flags & (Flush | ForceUnitAccess)) != 0));
            at += (long)sectors * Sector;
        }

        return entries;
    }
}
