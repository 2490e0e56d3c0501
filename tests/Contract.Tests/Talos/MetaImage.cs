using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Kronform.Provision.Contract.Tests.Talos;

/// <summary>A META partition's first 512 KiB holding one value.</summary>
internal static class MetaImage
{
    public const int BlockBytes = 262_144;
    public const int DigestOffset = 262_108;

    public static byte[] With(string value, byte key = 0x0a)
    {
        var block = new byte[BlockBytes];
        var bytes = Encoding.UTF8.GetBytes(value);
        BinaryPrimitives.WriteUInt32BigEndian(block, 0x5a4b3c2d);
        BinaryPrimitives.WriteUInt32BigEndian(block.AsSpan(4), key);
        BinaryPrimitives.WriteUInt32BigEndian(block.AsSpan(8), (uint)bytes.Length);
        bytes.CopyTo(block.AsSpan(12));
        BinaryPrimitives.WriteUInt32BigEndian(block.AsSpan(BlockBytes - 4), 0xa5b4c3d2);
        SHA256.HashData(block).CopyTo(block.AsSpan(DigestOffset));
        return [.. block, .. block];
    }
}
