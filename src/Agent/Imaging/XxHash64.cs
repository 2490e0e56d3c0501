using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Kronform.Provision.Agent.Imaging;

/// <summary>
/// XXH64 (the xxHash specification 0.1.1). It finds every accidental difference at the speed of memory on any processor; SHA-256
/// takes six times as long where the processor has instructions for it, and twenty times where it has none.
/// </summary>
internal static class XxHash64
{
    private const ulong Prime1 = 0x9E3779B185EBCA87, Prime2 = 0xC2B2AE3D27D4EB4F, Prime3 = 0x165667B19E3779F9;
    private const ulong Prime4 = 0x85EBCA77C2B2AE63, Prime5 = 0x27D4EB2F165667C5;

    public static ulong Of(ReadOnlySpan<byte> bytes, ulong seed)
    {
        ulong hash;
        var rest = bytes;
        if (bytes.Length >= 32)
        {
            ulong a = seed + Prime1 + Prime2, b = seed + Prime2, c = seed, d = seed - Prime1;
            var words = MemoryMarshal.Cast<byte, ulong>(bytes);
            for (var index = 0; index + 4 <= words.Length; index += 4)
            {
                a = Round(a, words[index]);
                b = Round(b, words[index + 1]);
                c = Round(c, words[index + 2]);
                d = Round(d, words[index + 3]);
            }
            hash = BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7) + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
            hash = Merge(Merge(Merge(Merge(hash, a), b), c), d);
            rest = bytes[(bytes.Length & ~31)..];
        }
        else
        {
            hash = seed + Prime5;
        }

        hash += (ulong)bytes.Length;
        for (; rest.Length >= 8; rest = rest[8..])
            hash = BitOperations.RotateLeft(hash ^ Round(0, MemoryMarshal.Read<ulong>(rest)), 27) * Prime1 + Prime4;
        if (rest.Length >= 4)
        {
            hash = BitOperations.RotateLeft(hash ^ (MemoryMarshal.Read<uint>(rest) * Prime1), 23) * Prime2 + Prime3;
            rest = rest[4..];
        }
        foreach (var value in rest) hash = BitOperations.RotateLeft(hash ^ (value * Prime5), 11) * Prime1;

        hash = (hash ^ (hash >> 33)) * Prime2;
        hash = (hash ^ (hash >> 29)) * Prime3;
        return hash ^ (hash >> 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Round(ulong lane, ulong word) => BitOperations.RotateLeft(lane + word * Prime2, 31) * Prime1;

    private static ulong Merge(ulong hash, ulong lane) => (hash ^ Round(0, lane)) * Prime1 + Prime4;
}
