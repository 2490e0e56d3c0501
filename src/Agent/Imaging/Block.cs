using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.InteropServices;
using Kronform.Provision.Agent.Linux;

namespace Kronform.Provision.Agent.Imaging;

/// <summary>One piece of the expanded image in memory that can go to the disk as it is.</summary>
internal sealed class Block : IDisposable
{
    public const int Bytes = 4 << 20;

    private readonly AlignedMemory _memory = new(Bytes);

    public long Offset { get; set; }

    public int Length { get; set; }

    public long End => Offset + Length;

    public Span<byte> Whole => _memory.Span;

    public Span<byte> Content => _memory.Span[..Length];

    public void Dispose() => _memory.Dispose();

    /// <summary>
    /// CRC-32C, for which processors have an instruction. Whether the disk is right is decided by SHA-256 over everything; this
    /// says which block is not.
    /// </summary>
    public static uint Checksum(ReadOnlySpan<byte> content)
    {
        var crc = uint.MaxValue;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(content)) crc = BitOperations.Crc32C(crc, word);
        foreach (var value in content[(content.Length & ~7)..]) crc = BitOperations.Crc32C(crc, value);
        return crc;
    }
}

/// <summary>A fixed number of blocks that go round; whoever finds none waits. This is what bounds the memory.</summary>
internal sealed class BlockPool : IDisposable
{
    private readonly Block[] _all;
    private readonly BlockingCollection<Block> _free;

    public BlockPool(int count)
    {
        _all = [.. Enumerable.Range(0, count).Select(_ => new Block())];
        _free = new BlockingCollection<Block>(new ConcurrentQueue<Block>(_all));
    }

    public Block Take(CancellationToken cancellation) => _free.Take(cancellation);

    public void Return(Block block) => _free.Add(block, CancellationToken.None);

    public void Dispose()
    {
        foreach (var block in _all) block.Dispose();
        _free.Dispose();
    }
}
