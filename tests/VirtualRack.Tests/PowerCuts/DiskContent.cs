using Kronform.Provision.VirtualRack.Disks;
using Microsoft.Win32.SafeHandles;

namespace Kronform.Provision.VirtualRack.Tests.PowerCuts;

/// <summary>What a disk holds: a file, and blocks in memory that were written since. Copies share the blocks that neither changed.</summary>
internal sealed class DiskContent
{
    private const int BlockBytes = 64 * 1024;

    private readonly SafeFileHandle _below;
    private readonly Dictionary<long, byte[]> _blocks;
    private readonly HashSet<long> _own = [];

    public DiskContent(SafeFileHandle below) => (_below, _blocks) = (below, []);

    private DiskContent(DiskContent original) => (_below, _blocks) = (original._below, new Dictionary<long, byte[]>(original._blocks));

    public long SizeBytes => RandomAccess.GetLength(_below);

    /// <summary>Neither sees what the other writes from now on.</summary>
    public DiskContent Copy()
    {
        _own.Clear();
        return new DiskContent(this);
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var (index, within) = (offset / BlockBytes, (int)(offset % BlockBytes));
            var part = Math.Min(BlockBytes - within, bytes.Length);
            if (_own.Add(index)) _blocks[index] = [.. Block(index)];
            bytes[..part].CopyTo(_blocks[index].AsSpan(within));
            offset += part;
            bytes = bytes[part..];
        }
    }

    public byte[] Read(long offset, int count)
    {
        var bytes = new byte[count];
        for (var done = 0; done < count;)
        {
            var (index, within) = ((offset + done) / BlockBytes, (int)((offset + done) % BlockBytes));
            var part = Math.Min(BlockBytes - within, count - done);
            Block(index).AsSpan(within, part).CopyTo(bytes.AsSpan(done));
            done += part;
        }

        return bytes;
    }

    /// <summary>First byte that differs, other than in the places left out; null when there is none.</summary>
    public long? FirstDifference(DiskContent other, params ReadOnlySpan<(long Offset, int Length)> leftOut)
    {
        foreach (var index in _blocks.Keys.Union(other._blocks.Keys).Order())
        {
            byte[] mine = Block(index), theirs = other.Block(index);
            if (mine == theirs || mine.AsSpan().SequenceEqual(theirs)) continue;
            for (var at = 0; at < BlockBytes; at++)
            {
                var place = index * BlockBytes + at;
                if (mine[at] == theirs[at]) continue;
                var excused = false;
                foreach (var (offset, length) in leftOut) excused |= place >= offset && place < offset + length;
                if (!excused) return place;
            }
        }

        return null;
    }

    /// <summary>SHA-256 over the blocks written since, by content: two states of one disk are equal when these are.</summary>
    public string Digest()
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        foreach (var (index, block) in _blocks.OrderBy(pair => pair.Key))
        {
            if (block.AsSpan().SequenceEqual(Below(index))) continue;
            hash.AppendData(BitConverter.GetBytes(index));
            hash.AppendData(block);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Makes the file, which must not be in use, hold this.</summary>
    public void Save(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        var size = SizeBytes;
        RandomAccess.SetLength(file, size);
        var belowBlocks = SparseFile.Data(_below).SelectMany(stretch => Range(stretch.Start / BlockBytes, (stretch.End - 1) / BlockBytes));
        foreach (var index in belowBlocks.Concat(_blocks.Keys).Distinct())
        {
            var block = Block(index);
            var length = (int)Math.Min(BlockBytes, size - index * BlockBytes);
            if (block.AsSpan(0, length).ContainsAnyExcept((byte)0)) RandomAccess.Write(file, block.AsSpan(0, length), index * BlockBytes);
        }
    }

    private static IEnumerable<long> Range(long first, long last)
    {
        for (var index = first; index <= last; index++) yield return index;
    }

    private byte[] Block(long index) => _blocks.TryGetValue(index, out var block) ? block : Below(index);

    private byte[] Below(long index)
    {
        var block = new byte[BlockBytes];
        RandomAccess.Read(_below, block, index * BlockBytes);
        return block;
    }
}
