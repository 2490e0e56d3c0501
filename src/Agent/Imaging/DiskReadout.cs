using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Kronform.Provision.Agent.Events;
using Kronform.Provision.Agent.Linux;

namespace Kronform.Provision.Agent.Imaging;

/// <summary>May look at a block as it was read, and change what is hashed.</summary>
internal delegate void BlockRead(Block block);

/// <summary>Reads a disk from its start and hashes it; reading and hashing overlap.</summary>
internal static class DiskReadout
{
    private const int PoolBlocks = 4;

    /// <exception cref="DiskIoException"/>
    public static async Task<string> Sha256Async(
        IDiskDevice disk, long bytes, BlockRead seen, ProgressMeter progress, CancellationToken cancellation)
    {
        using var pool = new BlockPool(PoolBlocks);
        using var read = new BlockingCollection<Block>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var reading = Task.Factory.StartNew(() => Read(disk, bytes, pool, read, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var hashing = Task.Factory.StartNew(() =>
        {
            foreach (var block in read.GetConsumingEnumerable(stop.Token))
            {
                seen(block);
                hash.AppendData(block.Content);
                progress.Put(block.Length);
                pool.Return(block);
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        var first = await Task.WhenAny(reading, hashing);
        if (!first.IsCompletedSuccessfully) await stop.CancelAsync();
        await Task.WhenAll(reading, hashing).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        foreach (var stage in new[] { reading, hashing })
            if (stage.Exception?.InnerException is { } cause and not OperationCanceledException) ExceptionDispatchInfo.Throw(cause);
        cancellation.ThrowIfCancellationRequested();
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Read(IDiskDevice disk, long bytes, BlockPool pool, BlockingCollection<Block> into, CancellationToken cancellation)
    {
        try
        {
            for (long offset = 0; offset < bytes; offset += Block.Bytes)
            {
                var block = pool.Take(cancellation);
                block.Offset = offset;
                block.Length = (int)Math.Min(Block.Bytes, bytes - offset);
                disk.ReadAt(offset, block.Content);
                into.Add(block, cancellation);
            }
        }
        finally
        {
            into.CompleteAdding();
        }
    }
}
