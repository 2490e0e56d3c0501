using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Kronform.Provision.Faults.World;

/// <summary>
/// What a disk's file holds, as one hash over its size and every block of 4 KiB that is not zero, with its place: a hole and written
/// zeros are the same, and a terabyte of holes takes no time.
/// </summary>
internal static partial class ContentHash
{
    private const int SeekData = 3;
    private const int SeekHole = 4;
    private const int BlockBytes = 4096;

    public static string Of(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var number = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(number, file.Length);
        hash.AppendData(number);
        var buffer = new byte[1 << 20];
        for (long at = 0; (at = Seek(file.SafeFileHandle, at, SeekData)) >= 0;)
        {
            at -= at % BlockBytes;
            long end = Seek(file.SafeFileHandle, at, SeekHole);
            while (at < end)
            {
                int got = RandomAccess.Read(file.SafeFileHandle, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at)), at);
                if (got == 0) break;
                for (int block = 0; block < got; block += BlockBytes)
                {
                    var bytes = buffer.AsSpan(block, Math.Min(BlockBytes, got - block));
                    if (!bytes.ContainsAnyExcept((byte)0)) continue;
                    BinaryPrimitives.WriteInt64LittleEndian(number, at + block);
                    hash.AppendData(number);
                    hash.AppendData(bytes);
                }

                at += got;
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    [LibraryImport("libc", EntryPoint = "lseek")]
    private static partial long Seek(SafeHandle file, long offset, int whence);
}
