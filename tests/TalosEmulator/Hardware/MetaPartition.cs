using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Kronform.Provision.TalosEmulator.Hardware;

/// <summary>
/// Reads Talos's META partition: two equal blocks of 256 KiB, each magic, records (tag, length, value) up to a zero tag, SHA-256
/// over the block with the digest's place zeroed, magic. All numbers big-endian. The second block counts when the first is bad.
/// </summary>
public static class MetaPartition
{
    private const int BlockBytes = 256 * 1024;
    private const int DigestOffset = BlockBytes - 36;
    private const uint MagicStart = 0x5a4b3c2d;
    private const uint MagicEnd = 0xa5b4c3d2;

    /// <returns>Values by tag; null when neither block is valid (an all-zero partition is valid and empty).</returns>
    public static IReadOnlyDictionary<byte, string>? Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        var blocks = new byte[2 * BlockBytes];
        var got = stream.ReadAtLeast(blocks, blocks.Length, throwOnEndOfStream: false);
        return Parse(blocks.AsSpan(0, got));
    }

    public static IReadOnlyDictionary<byte, string>? Parse(ReadOnlySpan<byte> partition)
    {
        for (var start = 0; start + BlockBytes <= partition.Length && start <= BlockBytes; start += BlockBytes)
        {
            if (ParseBlock(partition.Slice(start, BlockBytes)) is { } values)
                return values;
        }

        var head = partition[..Math.Min(partition.Length, 2 * BlockBytes)];
        return head.Length > 0 && !head.ContainsAnyExcept((byte)0) ? new Dictionary<byte, string>() : null;
    }

    private static Dictionary<byte, string>? ParseBlock(ReadOnlySpan<byte> block)
    {
        if (BinaryPrimitives.ReadUInt32BigEndian(block) != MagicStart || BinaryPrimitives.ReadUInt32BigEndian(block[^4..]) != MagicEnd)
            return null;

        var unsigned = block.ToArray();
        unsigned.AsSpan(DigestOffset, SHA256.HashSizeInBytes).Clear();
        if (!SHA256.HashData(unsigned).AsSpan().SequenceEqual(block.Slice(DigestOffset, SHA256.HashSizeInBytes)))
            return null;

        var values = new Dictionary<byte, string>();
        var records = block[4..DigestOffset];
        while (records.Length >= 8)
        {
            var tag = BinaryPrimitives.ReadUInt32BigEndian(records);
            var length = BinaryPrimitives.ReadUInt32BigEndian(records[4..]);
            if (tag == 0)
                break;
            if (tag > byte.MaxValue || length > records.Length - 8)
                return null;
            values[(byte)tag] = Encoding.UTF8.GetString(records.Slice(8, (int)length));
            records = records[(8 + (int)length)..];
        }

        return values;
    }
}
