using System.Numerics;
using System.Security.Cryptography;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>The content digest as it is documented, worked out the long way, with an XXH64 written down from its specification.</summary>
internal static class PlainDigest
{
    private static readonly ulong[] Primes = [0, 11400714785074694791, 14029467366897019727, 1609587929392839161, 9650029242287828579, 2870177450012600261];

    public static string Of(byte[] content)
    {
        var digests = content.Chunk(4 << 20).Select(chunk =>
        {
            var full = chunk.Chunk(64 * 1024).Select(piece => piece.Any(value => value != 0)).ToArray();
            ulong map = 0;
            for (var index = 0; index < full.Length; index++) map |= full[index] ? 1UL << index : 0;
            var digest = Xxh64(BitConverter.GetBytes(map), (ulong)chunk.Length);
            for (var first = 0; first < full.Length; first++)
            {
                if (!full[first]) continue;
                var next = first;
                while (next < full.Length && full[next]) next++;
                digest = Xxh64(chunk[(first * 65536)..Math.Min(next * 65536, chunk.Length)], digest);
                first = next;
            }
            return BitConverter.GetBytes(digest);
        });
        return Convert.ToHexStringLower(SHA256.HashData(digests.SelectMany(bytes => bytes).ToArray()));
    }

    public static ulong Xxh64(byte[] input, ulong seed)
    {
        var at = 0;
        ulong hash = seed + Primes[5];
        if (input.Length >= 32)
        {
            ulong[] lanes = [seed + Primes[1] + Primes[2], seed + Primes[2], seed, seed - Primes[1]];
            for (; at + 32 <= input.Length; at += 32)
                for (var lane = 0; lane < 4; lane++) lanes[lane] = Round(lanes[lane], BitConverter.ToUInt64(input, at + lane * 8));
            int[] turns = [1, 7, 12, 18];
            hash = 0;
            for (var lane = 0; lane < 4; lane++) hash += BitOperations.RotateLeft(lanes[lane], turns[lane]);
            foreach (var lane in lanes) hash = (hash ^ Round(0, lane)) * Primes[1] + Primes[4];
        }
        hash += (ulong)input.Length;
        for (; at + 8 <= input.Length; at += 8) hash = BitOperations.RotateLeft(hash ^ Round(0, BitConverter.ToUInt64(input, at)), 27) * Primes[1] + Primes[4];
        for (; at + 4 <= input.Length; at += 4) hash = BitOperations.RotateLeft(hash ^ (BitConverter.ToUInt32(input, at) * Primes[1]), 23) * Primes[2] + Primes[3];
        for (; at < input.Length; at++) hash = BitOperations.RotateLeft(hash ^ (input[at] * Primes[5]), 11) * Primes[1];
        hash = (hash ^ (hash >> 33)) * Primes[2];
        hash = (hash ^ (hash >> 29)) * Primes[3];
        return hash ^ (hash >> 32);
    }

    private static ulong Round(ulong lane, ulong word) => BitOperations.RotateLeft(lane + word * Primes[2], 31) * Primes[1];
}
