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
    /// One write of this size is whole or not there on every disk with 4 KiB physical sectors; it holds MBR and GPT header,
    /// so until it is there the rest of the first MiB means nothing.
    /// </summary>
    private const int Keystone = 4096;

    public static void Wipe(IDiskDevice disk, IReadOnlyList<ByteRange> ranges, CancellationToken cancellation)
    {
        disk.ZeroAt(0, ImageHead.Bytes);
        disk.Flush();
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

    /// <summary>Writes the first MiB, the sectors that make it count last, and reads it again.</summary>
    public static void Commit(IDiskDevice disk, ReadOnlySpan<byte> head)
    {
        disk.WriteAt(Keystone, head[Keystone..]);
        disk.Flush();
        disk.WriteAt(0, head[..Keystone]);
        disk.Flush();
        disk.DropCache();
        var again = new byte[head.Length];
        disk.ReadAt(0, again);
        if (!head.SequenceEqual(again))
            throw new AgentFailure(AgentFailureCodes.ReadBack, $"Reading the first MiB of {disk.Name} back: it is not what was written");
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
