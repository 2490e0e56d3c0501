using Kronform.Provision.Agent.Linux;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>A disk that answers every read with an error, and counts them.</summary>
internal sealed class DeadDisk(IDiskDevice inner) : IDiskDevice
{
    public int Attempts { get; private set; }

    public string Name => inner.Name;

    public long SizeBytes => inner.SizeBytes;

    public int LogicalSectorBytes => inner.LogicalSectorBytes;

    public void ReadAt(long offset, Span<byte> into)
    {
        Attempts++;
        throw new DiskIoException($"Could not read at byte {offset} of {Name}: Input/output error (5)", 5);
    }

    public void WriteAt(long offset, ReadOnlySpan<byte> bytes) => throw new NotSupportedException();

    public void ZeroAt(long offset, long length) => throw new NotSupportedException();

    public void Flush() => throw new NotSupportedException();

    public void DropCache() => throw new NotSupportedException();

    public bool RereadTable() => throw new NotSupportedException();

    public void Dispose() => inner.Dispose();
}
