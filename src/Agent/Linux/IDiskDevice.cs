namespace Kronform.Provision.Agent.Linux;

/// <summary>
/// One open disk. Every call does all of what it was asked or throws <see cref="DiskIoException"/>; a short read or write
/// never shows outside. Offsets and lengths are bytes; writes are whole logical sectors.
/// </summary>
internal interface IDiskDevice : IDisposable
{
    /// <summary>Kernel name, for messages.</summary>
    string Name { get; }

    long SizeBytes { get; }

    int LogicalSectorBytes { get; }

    void ReadAt(long offset, Span<byte> into);

    void WriteAt(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Makes the range read as zeros, by the fastest way the device has.</summary>
    void ZeroAt(long offset, long length);

    /// <summary>Returns when everything written is on the medium, as far as the device admits.</summary>
    void Flush();

    /// <summary>Forgets what the kernel cached of the disk, so that the next read asks the device.</summary>
    void DropCache();

    /// <summary>Asks the kernel to read the partition table again. False: a partition is in use, ask again later.</summary>
    bool RereadTable();
}

internal interface IDiskDevices
{
    /// <exception cref="DiskIoException"/>
    IDiskDevice OpenToRead(string name);

    /// <summary>Opens for writing and keeps everybody else out until disposed.</summary>
    /// <exception cref="DiskIoException">With <see cref="DiskIoException.IsBusy"/> when somebody is already in.</exception>
    IDiskDevice Hold(string name);
}

/// <summary>The kernel refused or failed an operation on a disk.</summary>
internal sealed class DiskIoException(string message, int errno) : IOException(message)
{
    private const int Ebusy = 16;
    private const int Ewouldblock = 11;

    public int Errno { get; } = errno;

    public bool IsBusy => Errno is Ebusy or Ewouldblock;
}
