using Kronform.Provision.Agent.Inventory.Tables;
using Kronform.Provision.Agent.Linux;

namespace Kronform.Provision.Agent.Inventory.Signatures;

/// <summary>
/// One disk or partition as a run of bytes. Nearly all marks lie in its first or last MiB, so each of these is read once;
/// on a spinning disk with many partitions the difference is seconds.
/// </summary>
internal sealed class VolumeBytes(IDiskDevice disk, long startBytes, long sizeBytes)
{
    private const int WindowBytes = 1 << 20;

    private byte[]? _head;
    private byte[]? _tail;
    private bool _damaged;

    public long SizeBytes { get; } = Math.Min(sizeBytes, disk.SizeBytes - startBytes);

    private long TailStart => SizeBytes - WindowBytes;

    public ByteReader Reader => Read;

    public bool Contains(long offset, int count) => offset >= 0 && offset + count <= SizeBytes;

    /// <exception cref="DiskIoException">The place is unreadable.</exception>
    public byte[] Read(long offset, int count)
    {
        if (!Contains(offset, count)) throw new ArgumentOutOfRangeException(nameof(offset), $"{offset}+{count} is outside {SizeBytes}");
        try
        {
            if (_damaged) return Fetch(offset, count);
            if (offset + count <= WindowBytes)
                return (_head ??= Fetch(0, (int)Math.Min(WindowBytes, SizeBytes)))[(int)offset..(int)(offset + count)];
            if (TailStart > 0 && offset >= TailStart)
                return (_tail ??= Fetch(TailStart, WindowBytes))[(int)(offset - TailStart)..(int)(offset - TailStart + count)];
        }
        catch (DiskIoException) when (!_damaged)
        {
            // One bad sector must not hide the marks around it.
            _damaged = true;
        }
        return Fetch(offset, count);
    }

    private byte[] Fetch(long offset, int count)
    {
        var bytes = new byte[count];
        disk.ReadAt(startBytes + offset, bytes);
        return bytes;
    }
}
