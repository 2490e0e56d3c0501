using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Kronform.Provision.Agent.Imaging.Meta;

/// <summary>
/// One of the two equal blocks at the start of a Talos META partition. All numbers big-endian: magic, records of
/// (u32 tag, u32 length, value) ended by a zero tag, SHA-256 at <see cref="ChecksumAt"/> over the block with those 32 bytes
/// zero and both magics in place, closing magic. Checked against what Talos 1.13's own reader accepts.
/// </summary>
internal static class MetaBlock
{
    public const int Bytes = 262_144;
    public const int ChecksumAt = Bytes - 36;

    private const uint OpeningMagic = 0x5A4B3C2D;
    private const uint ClosingMagic = 0xA5B4C3D2;

    /// <summary>The records in their order; null when the block is not a sound one.</summary>
    public static IReadOnlyList<MetaRecord>? TryParse(ReadOnlySpan<byte> block)
    {
        if (block.Length != Bytes || BinaryPrimitives.ReadUInt32BigEndian(block) != OpeningMagic
            || BinaryPrimitives.ReadUInt32BigEndian(block[(Bytes - 4)..]) != ClosingMagic) return null;
        if (!Checksum(block).AsSpan().SequenceEqual(block.Slice(ChecksumAt, 32))) return null;

        var records = new List<MetaRecord>();
        var rest = block[4..ChecksumAt];
        while (rest.Length >= 8)
        {
            var tag = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (tag == 0) break;
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest[4..]);
            if (length > (uint)(rest.Length - 8)) return null;
            records.Add(new MetaRecord(tag, rest.Slice(8, (int)length).ToArray()));
            rest = rest[(8 + (int)length)..];
        }
        return records;
    }

    /// <summary>Null when the records do not fit.</summary>
    public static byte[]? TryBuild(IReadOnlyList<MetaRecord> records)
    {
        var block = new byte[Bytes];
        BinaryPrimitives.WriteUInt32BigEndian(block, OpeningMagic);
        BinaryPrimitives.WriteUInt32BigEndian(block.AsSpan(Bytes - 4), ClosingMagic);
        var at = 4;
        foreach (var record in records)
        {
            if (record.Value.Length > ChecksumAt - at - 8) return null;
            BinaryPrimitives.WriteUInt32BigEndian(block.AsSpan(at), record.Tag);
            BinaryPrimitives.WriteInt32BigEndian(block.AsSpan(at + 4), record.Value.Length);
            record.Value.CopyTo(block, at + 8);
            at += 8 + record.Value.Length;
        }
        Checksum(block).CopyTo(block, ChecksumAt);
        return block;
    }

    private static byte[] Checksum(ReadOnlySpan<byte> block)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(block[..ChecksumAt]);
        hash.AppendData(stackalloc byte[32]);
        hash.AppendData(block[(ChecksumAt + 32)..]);
        return hash.GetHashAndReset();
    }
}

internal sealed record MetaRecord(uint Tag, byte[] Value);
