using Kronform.Provision.Agent.Linux;

namespace Kronform.Provision.Agent.Watching;

/// <summary>The machine's disks, with every request to them noted as long as it is under way.</summary>
internal sealed class WatchedDisks(IDiskDevices disks, Vitals vitals) : IDiskDevices
{
    public IDiskDevice OpenToRead(string name) => Open(name, disks.OpenToRead);

    public IDiskDevice Hold(string name) => Open(name, disks.Hold);

    private WatchedDisk Open(string name, Func<string, IDiskDevice> open)
    {
        using (vitals.Begin(name, "request to open it", 0, 0)) return new WatchedDisk(open(name), vitals);
    }

    private sealed class WatchedDisk(IDiskDevice disk, Vitals vitals) : IDiskDevice
    {
        public string Name => disk.Name;

        public long SizeBytes => disk.SizeBytes;

        public int LogicalSectorBytes => disk.LogicalSectorBytes;

        public void ReadAt(long offset, Span<byte> into)
        {
            using (vitals.Begin(Name, "read", offset, into.Length)) disk.ReadAt(offset, into);
        }

        public void WriteAt(long offset, ReadOnlySpan<byte> bytes)
        {
            using (vitals.Begin(Name, "write", offset, bytes.Length)) disk.WriteAt(offset, bytes);
        }

        public void ZeroAt(long offset, long length)
        {
            using (vitals.Begin(Name, "zeroing", offset, length)) disk.ZeroAt(offset, length);
        }

        public void Flush()
        {
            using (vitals.Begin(Name, "flush", 0, 0)) disk.Flush();
        }

        public void DropCache()
        {
            using (vitals.Begin(Name, "request to drop its cache", 0, 0)) disk.DropCache();
        }

        public bool RereadTable()
        {
            using (vitals.Begin(Name, "request to read its table again", 0, 0)) return disk.RereadTable();
        }

        public void Dispose() => disk.Dispose();
    }
}
