using Kronform.Provision.Agent.Imaging;
using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Writing;

/// <summary>
/// The places that make a disk bootable or not: its first MiB with MBR and GPT, its last with the backup table. While the first
/// is zero no firmware and no kernel finds anything to start.
/// </summary>
internal static class TablePlaces
{
    private const int LastBytes = 1 << 20;

    /// <summary>
    /// One write of this size is whole or not there on disks with 4 KiB physical sectors; others promise that for one logical
    /// sector alone, and <see cref="Commit"/> relies on no more.
    /// </summary>
    private const int Keystone = 4096;

    private static ReadOnlySpan<byte> GptSignature => "EFI PART"u8;

    /// <summary>
    /// In an order in which a power cut at any point leaves either the old system as a whole or nothing to start: first both ways to
    /// its table go, the backup's before the first, then what the table led to. The other way round there is a moment in which firmware that
    /// takes the backup for a lost table starts what is half gone.
    /// </summary>
    public static void Wipe(IDiskDevice disk, IReadOnlyList<ByteRange> ranges, CancellationToken cancellation)
    {
        var lastSector = disk.SizeBytes - disk.LogicalSectorBytes;
        // Only a table's header: without one the last sector may be the old system's data, which is still there to be started.
        if (MayBeBackupHeader(disk, lastSector)) ZeroNow(disk, lastSector, disk.LogicalSectorBytes);
        ZeroNow(disk, 0, disk.LogicalSectorBytes);
        ZeroNow(disk, 0, ImageHead.Bytes);
        foreach (var range in ranges)
        {
            cancellation.ThrowIfCancellationRequested();
            disk.ZeroAt(range.Offset, range.Length);
        }
        disk.Flush();
    }

    /// <summary>After a failure: whatever is on the disk, it must not start.</summary>
    /// <returns>One of <see cref="DiskStates"/>.</returns>
    public static string TakeAway(IDiskDevice disk)
    {
        try
        {
            disk.ZeroAt(0, ImageHead.Bytes);
            disk.ZeroAt(disk.SizeBytes - LastBytes, LastBytes);
            disk.Flush();
            EnsureZero(disk);
            return DiskStates.WithoutTable;
        }
        catch (Exception failure) when (failure is DiskIoException or AgentFailure)
        {
            return DiskStates.Unknown;
        }
    }

    /// <summary>
    /// Writes the first MiB, the sector that makes it count last, and reads it again. The keystone goes out twice, at first without
    /// its first sector: what a torn second write leaves of the other sectors is the same as before.
    /// </summary>
    /// <param name="disk">Everything else is on it, and was read back.</param>
    /// <param name="head">The first MiB.</param>
    /// <param name="lastSector">Empty when the image does not reach it. Firmware may start from the table there alone: by then there is a whole image to start.</param>
    public static void Commit(IDiskDevice disk, ReadOnlySpan<byte> head, ReadOnlySpan<byte> lastSector)
    {
        disk.WriteAt(Keystone, head[Keystone..]);
        disk.Flush();
        if (!lastSector.IsEmpty)
        {
            disk.WriteAt(disk.SizeBytes - lastSector.Length, lastSector);
            disk.Flush();
        }
        var keystone = head[..Keystone].ToArray();
        keystone.AsSpan(0, disk.LogicalSectorBytes).Clear();
        disk.WriteAt(0, keystone);
        disk.Flush();
        disk.WriteAt(0, head[..Keystone]);
        disk.Flush();
        disk.DropCache();
        EnsureThere(disk, 0, head, "first MiB");
        EnsureThere(disk, disk.SizeBytes - lastSector.Length, lastSector, "last sector");
    }

    private static void EnsureThere(IDiskDevice disk, long offset, ReadOnlySpan<byte> written, string name)
    {
        var again = new byte[written.Length];
        disk.ReadAt(offset, again);
        if (!written.SequenceEqual(again))
            throw new AgentFailure(AgentFailureCodes.ReadBack, $"Reading the {name} of {disk.Name} back: it is not what was written");
    }

    private static void ZeroNow(IDiskDevice disk, long offset, long length)
    {
        disk.ZeroAt(offset, length);
        disk.Flush();
    }

    private static bool MayBeBackupHeader(IDiskDevice disk, long lastSector)
    {
        try
        {
            var sector = new byte[disk.LogicalSectorBytes];
            disk.ReadAt(lastSector, sector);
            return sector.AsSpan().StartsWith(GptSignature);
        }
        catch (DiskIoException)
        {
            // What cannot be read now may be readable for the next firmware; zeros cure a sector that only reads badly.
            return true;
        }
    }

    private static void EnsureZero(IDiskDevice disk)
    {
        disk.DropCache();
        var bytes = new byte[ImageHead.Bytes];
        foreach (var offset in new[] { 0, disk.SizeBytes - LastBytes })
        {
            disk.ReadAt(offset, bytes);
            if (bytes.AsSpan().IndexOfAnyExcept((byte)0) >= 0)
                throw new AgentFailure(AgentFailureCodes.ReadBack, $"Wiping {disk.Name}: the MiB at {offset} still reads as something else than zeros");
        }
    }
}
