using Kronform.Provision.Agent.Linux;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>What happened to a disk, in order.</summary>
internal sealed record DiskAct(string Kind, long Offset, long Length, bool Zero)
{
    public bool Writes => Kind is "write" or "zero";
}

/// <summary>What is to go wrong. Counts and offsets are of the disk that is held for writing.</summary>
internal sealed class Trouble
{
    public List<DiskAct> Acts { get; } = [];

    /// <summary>The so-many-th write fails with EIO, and so do all after it while <see cref="Lasting"/>.</summary>
    public int? FailWrite { get; set; }

    public bool Lasting { get; set; }

    /// <summary>Writes before this one are done, it and later ones are lost without a word: power or a lying disk.</summary>
    public int? LoseWritesFrom { get; set; }

    /// <summary>The sector with this byte cannot be read.</summary>
    public long? UnreadableAt { get; set; }

    /// <summary>This byte reads with one bit turned, once the disk is held.</summary>
    public long? FlippedAt { get; set; }

    public bool Busy { get; set; }

    public int BusyRereads { get; set; }

    /// <summary>Called whenever the kernel is asked to read the table again.</summary>
    public Action? BeforeReread { get; set; }

    /// <summary>Called before each write with its number, counted from 1.</summary>
    public Action<int>? BeforeWrite { get; set; }

    /// <summary>Called before each read of the disk that is held.</summary>
    public Action? BeforeRead { get; set; }

    public int Writes { get; set; }
}

internal sealed class TroubledDisk(IDiskDevice disk, Trouble trouble) : IDiskDevice
{
    public string Name => disk.Name;

    public long SizeBytes => disk.SizeBytes;

    public int LogicalSectorBytes => disk.LogicalSectorBytes;

    public void ReadAt(long offset, Span<byte> into)
    {
        lock (trouble.Acts) trouble.Acts.Add(new DiskAct("read", offset, into.Length, false));
        trouble.BeforeRead?.Invoke();
        if (trouble.UnreadableAt is { } bad && bad >= offset && bad < offset + into.Length) throw Error($"read at byte {bad} of");
        disk.ReadAt(offset, into);
        if (trouble.FlippedAt is { } flipped && flipped >= offset && flipped < offset + into.Length) into[(int)(flipped - offset)] ^= 4;
    }

    public void WriteAt(long offset, ReadOnlySpan<byte> bytes)
    {
        var zero = bytes.IndexOfAnyExcept((byte)0) < 0;
        if (Admit(new DiskAct("write", offset, bytes.Length, zero))) disk.WriteAt(offset, bytes);
    }

    public void ZeroAt(long offset, long length)
    {
        if (Admit(new DiskAct("zero", offset, length, true))) disk.ZeroAt(offset, length);
    }

    public void Flush()
    {
        lock (trouble.Acts) trouble.Acts.Add(new DiskAct("flush", 0, 0, false));
        disk.Flush();
    }

    public void DropCache()
    {
        lock (trouble.Acts) trouble.Acts.Add(new DiskAct("drop-cache", 0, 0, false));
        disk.DropCache();
    }

    public bool RereadTable()
    {
        trouble.BeforeReread?.Invoke();
        return trouble.BusyRereads-- <= 0 && disk.RereadTable();
    }

    public void Dispose() => disk.Dispose();

    private bool Admit(DiskAct act)
    {
        int number;
        lock (trouble.Acts) number = ++trouble.Writes;
        trouble.BeforeWrite?.Invoke(number);
        if (trouble.FailWrite is { } failing && (number == failing || (trouble.Lasting && number > failing))) throw Error($"write at byte {act.Offset} of");
        lock (trouble.Acts) trouble.Acts.Add(act);
        return trouble.LoseWritesFrom is not { } lost || number < lost;
    }

    private DiskIoException Error(string attempt) => new($"Could not {attempt} {Name}: Input/output error (5)", 5);
}
