using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Kronform.Provision.Agent.Events;
using Kronform.Provision.Agent.Imaging.Meta;
using Kronform.Provision.Agent.Linux;

namespace Kronform.Provision.Agent.Imaging;

/// <summary>
/// Expands, hashes and writes, each on its own thread, over blocks that go round in a <see cref="BlockPool"/>. Writes everything
/// but the first MiB, which it hands back.
/// <para>Memory: <see cref="PoolBlocks"/> × 4 MiB of blocks, 4 MiB on the way from the line, and the decoder's window (at most
/// 128 MiB for zstd, 256 MiB for xz).</para>
/// </summary>
internal sealed class ImagePipeline(IDiskDevice disk, BlockReader reader, MetaPatch patch, ProgressMeter progress, CancellationTokenSource stop)
{
    public const int PoolBlocks = 8;

    private readonly byte[] _head = new byte[ImageHead.Bytes];
    private readonly List<uint> _checksums = [];
    private string? _expandedSha256;
    private string? _writtenSha256;

    /// <param name="first">The block with the image's first bytes, already filled.</param>
    public async Task<WrittenBody> RunAsync(BlockPool pool, Block first, CancellationToken cancellation)
    {
        using var expanded = new BlockingCollection<Block>();
        using var sealedBlocks = new BlockingCollection<Block>();
        Task[] stages =
        [
            Stage(() => Expand(pool, first, expanded)),
            Stage(() => Seal(expanded, sealedBlocks)),
            Stage(() => Write(pool, sealedBlocks)),
        ];
        try
        {
            await Task.WhenAll(stages);
        }
        catch (Exception)
        {
            // One stage failed, the others were stopped by it: their cancellations are no news.
            var cause = stages.SelectMany(stage => stage.Exception?.InnerExceptions ?? Enumerable.Empty<Exception>())
                .FirstOrDefault(failure => failure is not OperationCanceledException);
            if (cause is not null) ExceptionDispatchInfo.Throw(cause);
            cancellation.ThrowIfCancellationRequested();
            throw;
        }
        return new WrittenBody(_head, reader.Bytes, _expandedSha256!, _writtenSha256!, _checksums);
    }

    private Task Stage(Action body) => Task.Factory.StartNew(
        () =>
        {
            try
            {
                body();
            }
            catch
            {
                stop.Cancel();
                throw;
            }
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

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

    private void Seal(BlockingCollection<Block> from, BlockingCollection<Block> into)
    {
        using var expandedHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // The image as it came and the image as it is written are the same up to META: one hash until there, then two.
        IncrementalHash? writtenHash = null;
        try
        {
            foreach (var block in from.GetConsumingEnumerable(stop.Token))
            {
                if (patch.Touches(block)) writtenHash ??= expandedHash.Clone();
                expandedHash.AppendData(block.Content);
                foreach (var ready in patch.Pass(block))
                {
                    writtenHash?.AppendData(ready.Content);
                    _checksums.Add(Block.Checksum(ready.Content));
                    into.Add(ready, stop.Token);
                }
            }
            patch.EnsureDone();
            _expandedSha256 = Convert.ToHexStringLower(expandedHash.GetHashAndReset());
            _writtenSha256 = Convert.ToHexStringLower(writtenHash!.GetHashAndReset());
            into.CompleteAdding();
        }
        finally
        {
            writtenHash?.Dispose();
        }
    }

    private void Write(BlockPool pool, BlockingCollection<Block> from)
    {
        foreach (var block in from.GetConsumingEnumerable(stop.Token))
        {
            var withheld = 0;
            if (block.Offset == 0)
            {
                block.Content[..ImageHead.Bytes].CopyTo(_head);
                withheld = ImageHead.Bytes;
            }
            var content = block.Content[withheld..];
            var at = block.Offset + withheld;
            // Most of an image is zeros, which devices can make themselves. The reading back proves that they did.
            if (content.IndexOfAnyExcept((byte)0) < 0 && !content.IsEmpty) disk.ZeroAt(at, content.Length);
            else if (!content.IsEmpty) disk.WriteAt(at, content);
            progress.Put(content.Length);
            pool.Return(block);
        }
    }
}

/// <summary>What is on the disk, but for the withheld head.</summary>
/// <param name="Head">The first MiB, to be written last.</param>
/// <param name="Checksums">Of each 4 MiB block as written (<see cref="Block.Checksum"/>), head included.</param>
internal sealed record WrittenBody(byte[] Head, long Bytes, string ExpandedSha256, string WrittenSha256, IReadOnlyList<uint> Checksums);
