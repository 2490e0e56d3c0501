using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Kronform.Provision.Agent.Imaging;

/// <summary>
/// What one chunk of the image (<see cref="Block.Bytes"/>, the last may be shorter) holds, in eight bytes. Most of an image is
/// zeros, and hashing them would cost more than expanding them: pieces of 64 KiB that are all zero go in as one bit each, runs
/// of others go in whole. The digest is XXH64 over the map of pieces that are not zero (u64, little-endian), with the chunk's
/// length as seed, and each run's XXH64 with what came before it as seed.
/// <para>It answers whether a disk holds what was written to it. Whether that was the right image is SHA-256's to say, over the
/// file as it was transferred.</para>
/// </summary>
internal static class ChunkDigest
{
    public const int PieceBytes = Block.Bytes / 64;

    /// <summary>Bit n is set when piece n holds anything but zeros.</summary>
    public static ulong PiecesOf(ReadOnlySpan<byte> content)
    {
        ulong pieces = 0;
        for (var index = 0; index * PieceBytes < content.Length; index++)
            if (Piece(content, index).ContainsAnyExcept((byte)0)) pieces |= 1UL << index;
        return pieces;
    }

    /// <param name="pieces"><see cref="PiecesOf"/> of the same content.</param>
    public static ulong Of(ReadOnlySpan<byte> content, ulong pieces)
    {
        Span<byte> map = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(map, pieces);
        var digest = XxHash64.Of(map, (ulong)content.Length);
        foreach (var run in RunsOf(pieces, content.Length))
            if (!run.Zero) digest = XxHash64.Of(content.Slice(run.Start, run.Length), digest);
        return digest;
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

    /// <summary>The digest of a whole content: SHA-256 over its chunks' digests in order (u64, little-endian), lower-case hex.</summary>
    public static string Root(IReadOnlyList<ulong> chunks)
    {
        var bytes = new byte[chunks.Count * sizeof(ulong)];
        for (var index = 0; index < chunks.Count; index++) BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(index * sizeof(ulong)), chunks[index]);
        return Convert.ToHexStringLower(SHA256.HashData(bytes));
    }

    private static ReadOnlySpan<byte> Piece(ReadOnlySpan<byte> content, int index) =>
        content[(index * PieceBytes)..Math.Min(content.Length, (index + 1) * PieceBytes)];
}

/// <param name="Start">Within the chunk.</param>
internal readonly record struct PieceRun(int Start, int Length, bool Zero);
