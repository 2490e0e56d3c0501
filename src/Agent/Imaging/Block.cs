using System.Collections.Concurrent;
using Kronform.Provision.Agent.Linux;

namespace Kronform.Provision.Agent.Imaging;

/// <summary>One piece of the expanded image in memory that can go to the disk as it is.</summary>
internal sealed class Block : IDisposable
{
    public const int Bytes = 4 << 20;

    private readonly AlignedMemory _memory = new(Bytes);

    /// <summary>Pieces of the memory that may hold something else than zeros, from whatever was there before.</summary>
    private ulong _used = ulong.MaxValue;

    public long Offset { get; set; }

    public int Length { get; set; }

    public long End => Offset + Length;

    public Span<byte> Content => _memory.Span[..Length];

    /// <summary><see cref="ChunkDigest.PiecesOf"/> of the content, known since it was added.</summary>
    public ulong Pieces { get; private set; }

    /// <summary>Empties the block, which then stands for what begins at that byte.</summary>
    public void Begin(long offset) => (Offset, Length, Pieces) = (offset, 0, 0);

    /// <summary>
    /// Puts the next piece: <see cref="ChunkDigest.PieceBytes"/>, fewer only at the image's end. A piece of zeros moves no memory
    /// where there are zeros already.
    /// </summary>
    public void Add(ReadOnlySpan<byte> piece)
    {
        var place = _memory.Span.Slice(Length, piece.Length);
        var bit = 1UL << (Length / ChunkDigest.PieceBytes);
        Length += piece.Length;
        if (piece.ContainsAnyExcept((byte)0))
        {
            piece.CopyTo(place);
            Pieces |= bit;
            _used |= bit;
        }
        else if ((_used & bit) != 0)
        {
            place.Clear();
            // A short piece leaves the rest of its place as it was.
            if (piece.Length == ChunkDigest.PieceBytes) _used &= ~bit;
        }
    }

    /// <summary>The content was changed or read into from elsewhere.</summary>
    public void Changed()
    {
        Pieces = ChunkDigest.PiecesOf(Content);
        _used = ulong.MaxValue;
    }

    /// <summary>Writes that still need the block; who brings it to zero returns it.</summary>
    public int Pending;

    public void Dispose() => _memory.Dispose();
}

/// <summary>A fixed number of blocks that go round; whoever finds none waits. This is what bounds the memory.</summary>
internal sealed class BlockPool : IDisposable
{
    private readonly Block[] _all;
    private readonly BlockingCollection<Block> _free;
    private int _freeCount;

    public BlockPool(int count)
    {
        _freeCount = count;
        _all = [.. Enumerable.Range(0, count).Select(_ => new Block())];
        _free = new BlockingCollection<Block>(new ConcurrentQueue<Block>(_all));
    }

    /// <summary>Blocks that nobody holds. May be asked at any time, also afterwards.</summary>
    public int Free => Volatile.Read(ref _freeCount);

    public Block Take(CancellationToken cancellation)
    {
        var block = _free.Take(cancellation);
        Interlocked.Decrement(ref _freeCount);
        return block;
    }

    public void Return(Block block)
    {
        Interlocked.Increment(ref _freeCount);
        _free.Add(block, CancellationToken.None);
    }

    public void Dispose()
    {
        foreach (var block in _all) block.Dispose();
        _free.Dispose();
    }
}
