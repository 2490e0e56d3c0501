using System.Collections.Concurrent;
using Kronform.Provision.Agent.Events;
using Kronform.Provision.Agent.Imaging.Meta;
using Kronform.Provision.Agent.Linux;

namespace Kronform.Provision.Agent.Imaging;

/// <summary>
/// Expands, digests and writes, each on threads of its own, over blocks that go round in a <see cref="BlockPool"/>. Writes
/// everything but the first MiB, and the disk's last sector where the image reaches it: these it hands back.
/// <para>Memory: <see cref="PoolBlocks"/> × 4 MiB of blocks, 4 MiB on the way from the line, and the decoder (a window of at most
/// 128 MiB for zstd, about 110 MiB for all threads of xz together): 164 MiB, and with the runtime under 256 MiB. None of it
/// grows with the image, and nothing is kept in a file.</para>
/// </summary>
internal sealed class ImagePipeline(IDiskDevice disk, BlockReader reader, MetaPatch patch, bool reuse, ProgressMeter progress, CancellationTokenSource stop)
{
    public const int PoolBlocks = 8;

    /// <summary>So that the device has the next request while it answers one. More made nothing faster and slow devices slower.</summary>
    private const int Writers = 2;

    private readonly byte[] _head = new byte[ImageHead.Bytes];
    private readonly List<ulong> _chunks = [];
    private byte[] _lastSector = [];
    private long _reused;

    /// <param name="first">The block with the image's first bytes, already filled.</param>
    public async Task<WrittenBody> RunAsync(BlockPool pool, Block first, CancellationToken cancellation)
    {
        using var expanded = new BlockingCollection<Block>();
        using var work = new BlockingCollection<DiskWork>();
        Task[] stages =
        [
            Threads.Run(() => Expand(pool, first, expanded), stop),
            Threads.Run(() => Digest(expanded, new DiskWorkPlan(pool, work, stop.Token)), stop),
            .. Enumerable.Range(0, Writers).Select(_ => Threads.Run(() => Write(pool, work), stop)),
        ];
        await Threads.AllAsync(stages, cancellation);
        return new WrittenBody(_head, _lastSector, reader.Bytes, _chunks, _reused);
    }

    private void Expand(BlockPool pool, Block first, BlockingCollection<Block> into)
    {
        for (var block = first; ;)
        {
            into.Add(block, stop.Token);
            block = pool.Take(stop.Token);
            if (reader.Fill(block)) continue;
            pool.Return(block);
            into.CompleteAdding();
            return;
        }
    }

    private void Digest(BlockingCollection<Block> from, DiskWorkPlan plan)
    {
        foreach (var block in from.GetConsumingEnumerable(stop.Token))
            foreach (var ready in patch.Pass(block))
            {
                _chunks.Add(ChunkDigest.Of(ready.Content, ready.Pieces));
                if (ready.Offset == 0) ready.Content[..ImageHead.Bytes].CopyTo(_head);
                var until = (int)Math.Clamp(disk.SizeBytes - disk.LogicalSectorBytes - ready.Offset, 0, ready.Length);
                if (until < ready.Length) _lastSector = ready.Content[until..].ToArray();
                plan.Add(ready, ready.Offset == 0 ? ImageHead.Bytes : 0, until);
            }
        patch.EnsureDone();
        plan.Complete();
    }

    private void Write(BlockPool pool, BlockingCollection<DiskWork> from)
    {
        using var present = reuse ? new Block() : null;
        foreach (var work in from.GetConsumingEnumerable(stop.Token))
        {
            if (present is not null && IsThere(work, present))
            {
                Interlocked.Add(ref _reused, work.Length);
                if (work.Block is { } kept && Interlocked.Decrement(ref kept.Pending) == 0) pool.Return(kept);
            }
            else if (work.Block is not { } block)
            {
                // Most of an image is zeros, which devices can make themselves. The reading back proves that they did.
                disk.ZeroAt(work.Offset, work.Length);
            }
            else
            {
                disk.WriteAt(work.Offset, block.Content.Slice(work.Start, (int)work.Length));
                if (Interlocked.Decrement(ref block.Pending) == 0) pool.Return(block);
            }
            progress.Put(work.Length);
        }
    }

    /// <summary>Whether the disk reads so already. A disk that cannot be read there is written: that may well heal it.</summary>
    private bool IsThere(DiskWork work, Block present)
    {
        try
        {
            for (long done = 0; done < work.Length; done += present.Length)
            {
                present.Length = (int)Math.Min(Block.Bytes, work.Length - done);
                disk.ReadAt(work.Offset + done, present.Content);
                var equal = work.Block is { } block
                    ? present.Content.SequenceEqual(block.Content.Slice(work.Start + (int)done, present.Length))
                    : !present.Content.ContainsAnyExcept((byte)0);
                if (!equal) return false;
            }
            return true;
        }
        catch (DiskIoException)
        {
            return false;
        }
    }
}

/// <summary>What is on the disk, but for the two places that are withheld.</summary>
/// <param name="Head">The first MiB, to be written last.</param>
/// <param name="LastSector">The disk's last sector, where firmware looks for a table when the first is gone; empty when the image ends before it.</param>
/// <param name="ReusedBytes">Those that were there already.</param>
/// <param name="Chunks">Digest of each chunk as written (<see cref="ChunkDigest"/>), what is withheld included.</param>
internal sealed record WrittenBody(byte[] Head, byte[] LastSector, long Bytes, IReadOnlyList<ulong> Chunks, long ReusedBytes)
{
    public string Digest { get; } = ChunkDigest.Root(Chunks);
}
