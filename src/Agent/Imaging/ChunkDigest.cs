using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Kronform.Provision.Agent.Imaging;

/// <summary>
/// What one chunk of the image (<see cref="Block.Bytes"/>, the last may be shorter) holds, in 32 bytes. Most of an image is
/// zeros, and hashing them would cost more than expanding them: pieces of 64 KiB that are all zero go in as one bit each, the
/// others go in whole. The chunk's digest is SHA-256 over its length (u32), the map of pieces that are not zero (u64, both
/// little-endian) and those pieces in order.
/// </summary>
internal sealed class ChunkDigest : IDisposable
{
    public const int PieceBytes = Block.Bytes / 64;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Bit n is set when piece n holds anything but zeros.</summary>
    public static ulong PiecesOf(ReadOnlySpan<byte> content)
    {
        ulong pieces = 0;
        for (var index = 0; index * PieceBytes < content.Length; index++)
            if (Piece(content, index).ContainsAnyExcept((byte)0)) pieces |= 1UL << index;
        return pieces;
    }

    /// <param name="pieces"><see cref="PiecesOf"/> of the same content.</param>
    public byte[] Of(ReadOnlySpan<byte> content, ulong pieces)
    {
        Span<byte> head = stackalloc byte[12];
        BinaryPrimitives.WriteInt32LittleEndian(head, content.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(head[4..], pieces);
        _hash.AppendData(head);
        foreach (var run in RunsOf(pieces, content.Length))
            if (!run.Zero) _hash.AppendData(content.Slice(run.Start, run.Length));
        return _hash.GetHashAndReset();
    }

    /// <summary>Neighbouring pieces of one kind, in order; together they are the whole content.</summary>
    public static IEnumerable<PieceRun> RunsOf(ulong pieces, int length)
    {
        var count = (length + PieceBytes - 1) / PieceBytes;
        for (var first = 0; first < count;)
        {
            var zero = ((pieces >> first) & 1) == 0;
            // Pieces of the same kind look like ones once the map is turned; what was shifted in at the top must not.
            var rest = (zero ? ~pieces : pieces) >> first;
            var next = Math.Min(count, first + BitOperations.TrailingZeroCount(~rest));
            yield return new PieceRun(first * PieceBytes, Math.Min(next * PieceBytes, length) - first * PieceBytes, zero);
            first = next;
        }
    }

    /// <summary>The digest of a whole content: SHA-256 over its chunks' digests in order, lower-case hex.</summary>
    public static string Root(IReadOnlyList<byte[]> chunks)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var chunk in chunks) hash.AppendData(chunk);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public void Dispose() => _hash.Dispose();

    private static ReadOnlySpan<byte> Piece(ReadOnlySpan<byte> content, int index) =>
        content[(index * PieceBytes)..Math.Min(content.Length, (index + 1) * PieceBytes)];
}

/// <param name="Start">Within the chunk.</param>
internal readonly record struct PieceRun(int Start, int Length, bool Zero);
