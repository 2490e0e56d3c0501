using System.Runtime.InteropServices;

namespace Kronform.Provision.Agent.Linux;

/// <summary>
/// A whole disk below <c>/dev</c>, opened with O_DIRECT so that reads come from the device and not from a cache that an
/// earlier writer filled. Unaligned reads go through an aligned bounce buffer.
/// </summary>
internal sealed unsafe class BlockDeviceFile : IDiskDevice
{
    private const int BounceBytes = 1 << 20;

    private readonly Lock _bounceGate = new();
    private AlignedMemory? _bounce;
    private int _fd;

    private BlockDeviceFile(string name, int fd)
    {
        Name = name;
        _fd = fd;
        long size = 0;
        Check(LibC.IoCtl(fd, LibC.BlkSize64, &size), "ask for the size of");
        var sector = 0;
        Check(LibC.IoCtl(fd, LibC.BlkSectorSize, &sector), "ask for the sector size of");
        SizeBytes = size;
        LogicalSectorBytes = sector;
    }

    public string Name { get; }

    public long SizeBytes { get; }

    public int LogicalSectorBytes { get; }

    public static BlockDeviceFile OpenToRead(string name, string path) =>
        Take(name, Open(name, path, LibC.ReadOnly | LibC.Direct));

    /// <summary>
    /// O_EXCL on a block device fails while anything (a mount, md, dm, another O_EXCL) holds the disk or one of its partitions,
    /// and keeps them out afterwards. The lock is the one udev respects: without it udev would reopen and probe the disk
    /// in the middle of the writing.
    /// </summary>
    public static BlockDeviceFile Hold(string name, string path)
    {
        var fd = Open(name, path, LibC.ReadWrite | LibC.Exclusive | LibC.Direct);
        if (LibC.FLock(fd, LibC.LockExclusive | LibC.LockNonBlocking) != 0)
        {
            var failure = LastError(name, "lock");
            _ = LibC.Close(fd);
            throw failure;
        }
        return Take(name, fd);
    }

    public void ReadAt(long offset, Span<byte> into)
    {
        if (into.IsEmpty) return;
        fixed (byte* start = into)
        {
            if (IsAligned(offset, into.Length, (nuint)start)) ReadAligned(offset, start, into.Length);
            else ReadThroughBounce(offset, into);
        }
    }

    public void WriteAt(long offset, ReadOnlySpan<byte> bytes)
    {
        if (offset % LogicalSectorBytes != 0 || bytes.Length % LogicalSectorBytes != 0)
            throw new DiskIoException($"Writing {bytes.Length} bytes at {offset} of {Name}: not whole sectors", LibC.Einval);
        fixed (byte* start = bytes)
        {
            if ((nuint)start % AlignedMemory.Boundary == 0) WriteAligned(offset, start, bytes.Length);
            else WriteThroughBounce(offset, bytes);
        }
    }

    public void ZeroAt(long offset, long length)
    {
        var range = stackalloc ulong[2] { (ulong)offset, (ulong)length };
        if (LibC.IoCtl(_fd, LibC.BlkZeroOut, range) == 0) return;

        // Devices without the command, and ranges they refuse, get plain zeros; an error of the medium shows there again.
        using var zeros = new AlignedMemory((int)Math.Min(length, 4 << 20));
        zeros.Span.Clear();
        fixed (byte* start = zeros.Span)
        {
            for (long done = 0; done < length;)
            {
                var part = (int)Math.Min(zeros.Span.Length, length - done);
                WriteAligned(offset + done, start, part);
                done += part;
            }
        }
    }

    public void Flush() => Check(LibC.FSync(_fd), "flush");

    public void DropCache() => Check(LibC.IoCtl(_fd, LibC.BlkFlushBuffers, null), "drop the cache of");

    public bool RereadTable()
    {
        if (LibC.IoCtl(_fd, LibC.BlkRereadTable, null) == 0) return true;
        if (Marshal.GetLastPInvokeError() == LibC.Ebusy) return false;
        throw LastError(Name, "have the kernel read the partition table of");
    }

    public void Dispose()
    {
        if (_fd >= 0) _ = LibC.Close(_fd);
        _fd = -1;
        _bounce?.Dispose();
    }

    private static int Open(string name, string path, int flags)
    {
        var fd = LibC.Open(path, flags | LibC.CloseOnExec);
        return fd >= 0 ? fd : throw LastError(name, "open");
    }

    private static BlockDeviceFile Take(string name, int fd)
    {
        try
        {
            return new BlockDeviceFile(name, fd);
        }
        catch
        {
            _ = LibC.Close(fd);
            throw;
        }
    }

    private static bool IsAligned(long offset, int length, nuint address) =>
        offset % AlignedMemory.Boundary == 0 && length % AlignedMemory.Boundary == 0 && address % AlignedMemory.Boundary == 0;

    private void ReadAligned(long offset, byte* into, int length)
    {
        for (var done = 0; done < length;)
        {
            var got = LibC.PRead(_fd, into + done, (nuint)(length - done), offset + done);
            if (got > 0) done += (int)got;
            else if (got == 0) throw new DiskIoException($"Could not read {Name} at byte {offset + done}: past its end", LibC.Einval);
            else if (Marshal.GetLastPInvokeError() != LibC.Eintr) throw LastError(Name, $"read bytes {offset + done} to {offset + length} of");
        }
    }

    private void WriteAligned(long offset, byte* from, int length)
    {
        for (var done = 0; done < length;)
        {
            var put = LibC.PWrite(_fd, from + done, (nuint)(length - done), offset + done);
            if (put > 0) done += (int)put;
            else if (put == 0 || Marshal.GetLastPInvokeError() != LibC.Eintr) throw LastError(Name, $"write bytes {offset + done} to {offset + length} of");
        }
    }

    private void ReadThroughBounce(long offset, Span<byte> into)
    {
        lock (_bounceGate)
        {
            var bounce = (_bounce ??= new AlignedMemory(BounceBytes)).Span;
            while (!into.IsEmpty)
            {
                // Rounded to the sector and not to the boundary: the last sector of a disk need not end on one.
                var skip = (int)(offset % LogicalSectorBytes);
                var wanted = Math.Min(into.Length, bounce.Length - skip);
                var sectors = (skip + wanted + LogicalSectorBytes - 1) / LogicalSectorBytes * LogicalSectorBytes;
                fixed (byte* start = bounce) ReadAligned(offset - skip, start, Math.Min(sectors, bounce.Length));
                wanted = Math.Min(wanted, sectors - skip);
                bounce.Slice(skip, wanted).CopyTo(into);
                into = into[wanted..];
                offset += wanted;
            }
        }
    }

    private void WriteThroughBounce(long offset, ReadOnlySpan<byte> bytes)
    {
        lock (_bounceGate)
        {
            var bounce = (_bounce ??= new AlignedMemory(BounceBytes)).Span;
            while (!bytes.IsEmpty)
            {
                var part = Math.Min(bytes.Length, bounce.Length);
                bytes[..part].CopyTo(bounce);
                fixed (byte* start = bounce) WriteAligned(offset, start, part);
                bytes = bytes[part..];
                offset += part;
            }
        }
    }

    private void Check(int result, string attempt)
    {
        if (result < 0) throw LastError(Name, attempt);
    }

    private static DiskIoException LastError(string name, string attempt)
    {
        var errno = Marshal.GetLastPInvokeError();
        // What the block layer answers when the disk itself reports a bad place; its usual words would mislead (block/blk-core.c, blk_errors).
        var meaning = errno == LibC.Enodata ? "medium error, the kernel says " : "";
        return new DiskIoException($"Could not {attempt} {name}: {meaning}{Marshal.GetPInvokeErrorMessage(errno)} ({errno})", errno);
    }
}
