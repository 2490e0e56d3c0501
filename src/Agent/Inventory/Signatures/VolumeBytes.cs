using Kronform.Provision.Agent.Inventory.Tables;
using Kronform.Provision.Agent.Linux;

namespace Kronform.Provision.Agent.Inventory.Signatures;

/// <summary>
/// One disk or partition as a run of bytes. Nearly all marks lie in its first or last MiB, so each of these is read once;
/// on a spinning disk with many partitions the difference is seconds. Where that fails it is read page by page, each page once:
/// one bad sector must not hide the marks around it, and every attempt at it can take a disk half a minute.
/// </summary>
internal sealed class VolumeBytes(IDiskDevice disk, long startBytes, long sizeBytes)
{
    private const int WindowBytes = 1 << 20;
    private const int PageBytes = 4096;

    /// <summary>A volume with so many bad pages is not asked any more: the rest counts as unreadable, too.</summary>
    private const int MostBadPages = 16;

    private readonly Dictionary<long, byte[]?> _pages = [];
    private byte[]? _head;
    private byte[]? _tail;
    private DiskIoException? _damage;
    private int _badPages;

    public long SizeBytes { get; } = Math.Min(sizeBytes, disk.SizeBytes - startBytes);

    private long TailStart => SizeBytes - WindowBytes;

    public ByteReader Reader => Read;

    public bool Contains(long offset, int count) => offset >= 0 && offset <= SizeBytes - count;

    /// <exception cref="DiskIoException">The place is unreadable.</exception>
    public byte[] Read(long offset, int count)
    {
        if (!Contains(offset, count)) throw new ArgumentOutOfRangeException(nameof(offset), $"{offset}+{count} is outside {SizeBytes}");
        if (_damage is null)
        {
            try
            {
                return ReadThroughWindows(offset, count);
            }
            catch (DiskIoException damage)
            {
                _damage = damage;
            }
        }
        return ReadPages(offset, count);
    }

    private byte[] ReadThroughWindows(long offset, int count)
    {
        if (offset + count <= WindowBytes)
            return (_head ??= Fetch(0, (int)Math.Min(WindowBytes, SizeBytes)))[(int)offset..(int)(offset + count)];
        if (TailStart > 0 && offset >= TailStart)
            return (_tail ??= Fetch(TailStart, WindowBytes))[(int)(offset - TailStart)..(int)(offset - TailStart + count)];
        return Fetch(offset, count);
    }

    private byte[] ReadPages(long offset, int count)
    {
        var bytes = new byte[count];
        for (var done = 0; done < count;)
        {
            var (page, skip) = Math.DivRem(offset + done, PageBytes);
            var part = (int)Math.Min(PageBytes - skip, count - done);
            Page(page).AsSpan((int)skip, part).CopyTo(bytes.AsSpan(done));
            done += part;
        }
        return bytes;
    }

    private byte[] Page(long page)
    {
        if (!_pages.TryGetValue(page, out var bytes) && _badPages < MostBadPages)
        {
            try
            {
                bytes = Fetch(page * PageBytes, (int)Math.Min(PageBytes, SizeBytes - page * PageBytes));
            }
            catch (DiskIoException)
            {
                _badPages++;
            }
            _pages[page] = bytes;
        }
        return bytes ?? throw _damage!;
    }

    private byte[] Fetch(long offset, int count)
    {
        var bytes = new byte[count];
        disk.ReadAt(startBytes + offset, bytes);
        return bytes;
    }
}
