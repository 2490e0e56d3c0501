using System.Collections.Concurrent;

namespace Kronform.Provision.Agent.Imaging;

/// <summary>One request to the disk: a part of a block, or, without one, zeros.</summary>
internal readonly record struct DiskWork(Block? Block, int Start, long Offset, long Length);

/// <summary>
/// Turns blocks into requests: what is not zero is written from memory, zeros that lie together become one range, also across
/// blocks, for the device to make by itself.
/// </summary>
internal sealed class DiskWorkPlan(BlockPool pool, BlockingCollection<DiskWork> into, CancellationToken cancellation)
{
    /// <summary>A device that must write its zeros like other bytes shows progress, and can be cancelled, between these.</summary>
    private const long LongestZeros = 64 << 20;

    private long _zerosAt;
    private long _zeros;

    /// <param name="from">Bytes of the block before this one are not to be written.</param>
    /// <param name="until">Nor are those from here on.</param>
    public void Add(Block block, int from, int until)
    {
        var writes = new List<PieceRun>();
        var held = new List<DiskWork>();
        foreach (var run in ChunkDigest.RunsOf(block.Pieces, block.Length))
        {
            var start = Math.Max(run.Start, from);
            var length = Math.Min(run.Start + run.Length, until) - start;
            if (length <= 0) continue;
            if (run.Zero)
            {
                AddZeros(block.Offset + start, length, held);
                continue;
            }

            EndZeros(held);
            writes.Add(run);
            held.Add(new DiskWork(block, start, block.Offset + start, length));
        }

        block.Pending = writes.Count;
        // Only now: the count must be right before the first of the block's writes can end.
        foreach (var work in held) into.Add(work, cancellation);
        if (writes.Count == 0) pool.Return(block);
    }

    public void Complete()
    {
        var held = new List<DiskWork>();
        EndZeros(held);
        foreach (var work in held) into.Add(work, cancellation);
        into.CompleteAdding();
    }

    private void AddZeros(long offset, long length, List<DiskWork> held)
    {
        if (_zeros > 0 && (_zerosAt + _zeros != offset || _zeros + length > LongestZeros)) EndZeros(held);
        if (_zeros == 0) _zerosAt = offset;
        _zeros += length;
    }

    private void EndZeros(List<DiskWork> held)
    {
        if (_zeros > 0) held.Add(new DiskWork(null, 0, _zerosAt, _zeros));
        _zeros = 0;
    }
}
