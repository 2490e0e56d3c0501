using Kronform.Provision.Agent.Events;
using Kronform.Provision.Agent.Linux;

namespace Kronform.Provision.Agent.Imaging;

/// <summary>May look at a block as it was read, and change what goes into its digest.</summary>
internal delegate void BlockRead(Block block);

/// <summary>Reads a disk from its start and gives each chunk's digest. Two readers keep the disk busy while one of them hashes.</summary>
internal static class ChunkReadout
{
    private const int Readers = 2;

    /// <param name="known">Called with each chunk's number and digest, from several threads and in no order; throws to stop.</param>
    /// <exception cref="DiskIoException"/>
    public static async Task<IReadOnlyList<ulong>> ReadAsync(
        IDiskDevice disk, long bytes, BlockRead seen, Action<int, ulong> known, ProgressMeter progress, CancellationToken cancellation)
    {
        var digests = new ulong[(bytes + Block.Bytes - 1) / Block.Bytes];
        var next = -1;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);

        void Run()
        {
            using var block = new Block();
            for (int index; (index = Interlocked.Increment(ref next)) < digests.Length;)
            {
                stop.Token.ThrowIfCancellationRequested();
                block.Offset = (long)index * Block.Bytes;
                block.Length = (int)Math.Min(Block.Bytes, bytes - block.Offset);
                disk.ReadAt(block.Offset, block.Content);
                seen(block);
                digests[index] = ChunkDigest.Of(block.Content, ChunkDigest.PiecesOf(block.Content));
                known(index, digests[index]);
                progress.Put(block.Length);
            }
        }

        var readers = Enumerable.Range(0, Readers).Select(_ => Threads.Run(Run, stop)).ToArray();
        await Threads.AllAsync(readers, cancellation);
        return digests;
    }
}
