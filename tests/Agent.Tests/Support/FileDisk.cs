using Kronform.Provision.Agent.Linux;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>A disk in a sparse file.</summary>
internal sealed class FileDisk(string name, string path, int sectorBytes = 512) : IDiskDevice
{
    private readonly FileStream _file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);

    public string Name => name;

    public long SizeBytes => _file.Length;

    public int LogicalSectorBytes => sectorBytes;

    public void ReadAt(long offset, Span<byte> into)
    {
        while (!into.IsEmpty)
        {
            var got = RandomAccess.Read(_file.SafeFileHandle, into, offset);
            if (got == 0) throw new DiskIoException($"Could not read {name} at byte {offset}: past its end", 22);
            into = into[got..];
            offset += got;
        }
    }

    public void WriteAt(long offset, ReadOnlySpan<byte> bytes)
    {
        if (offset % sectorBytes != 0 || bytes.Length % sectorBytes != 0 || offset + bytes.Length > SizeBytes)
            throw new DiskIoException($"Could not write {bytes.Length} bytes at {offset} of {name}", 22);
        RandomAccess.Write(_file.SafeFileHandle, bytes, offset);
    }

    public void ZeroAt(long offset, long length)
    {
        var zeros = new byte[1 << 20];
        for (long done = 0; done < length; done += zeros.Length)
            WriteAt(offset + done, zeros.AsSpan(0, (int)Math.Min(zeros.Length, length - done)));
    }

    public void Flush()
    {
    }

    public void DropCache()
    {
    }

    public bool RereadTable() => true;

    public void Dispose() => _file.Dispose();
}
