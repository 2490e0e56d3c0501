using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Kronform.Provision.VirtualRack.Disks;

/// <summary>
/// SHA-256 over (offset, content) of all blocks of 64 KiB that are not zero throughout, in order, and over the length.
/// Two files have the same digest exactly when a machine reads the same bytes from them: holes and written zeros are equal.
/// </summary>
public static class ContentDigest
{
    public const int BlockBytes = 64 * 1024;

    /// <returns>64 small hexadecimal digits.</returns>
    public static string OfFile(string path)
    {
        // Shared for writing: a running machine holds the file open.
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[BlockBytes];
        var number = new byte[sizeof(long)];
        long next = 0;
        foreach (var (start, end) in SparseFile.Data(file))
        {
            // Stretches end on pages, so two of them can lie in one block, which must count once.
            for (var offset = Math.Max(next, start / BlockBytes * BlockBytes); offset < end; offset += BlockBytes)
            {
                next = offset + BlockBytes;
                var read = ReadBlock(file, block, offset);
                if (!block.AsSpan(0, read).ContainsAnyExcept((byte)0))
                    continue;
                Append(hash, number, offset);
                hash.AppendData(block, 0, read);
            }
        }

        Append(hash, number, RandomAccess.GetLength(file));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static int ReadBlock(Microsoft.Win32.SafeHandles.SafeFileHandle file, byte[] block, long offset)
    {
        var total = 0;
        while (total < block.Length)
        {
            var read = RandomAccess.Read(file, block.AsSpan(total), offset + total);
            if (read == 0)
                break;
            total += read;
        }

        return total;
    }

    private static void Append(IncrementalHash hash, byte[] buffer, long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(buffer, value);
        hash.AppendData(buffer);
    }
}
