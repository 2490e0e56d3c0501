using System.Numerics;
using System.Security.Cryptography;

namespace Kronform.Provision.Talos.Pki;

/// <summary>
/// Ed25519 as in RFC 8032, section 5.1: public key and signature from a 32-byte seed. .NET has no Ed25519 private keys, and a
/// Talos CA has one.
/// </summary>
/// <remarks>
/// Not constant time: BigInteger's run time depends on the key. Someone would have to time many signatures made with one key to
/// profit from that; here one or two are made per run, on the operator's own machine, over a certificate nobody else chose, and
/// nobody outside can ask for another or see how long it took. Do not use it behind a network service.
/// </remarks>
public static class Ed25519
{
    public const int SeedSize = 32;
    public const int PublicKeySize = 32;
    public const int SignatureSize = 64;

    private static readonly BigInteger Prime = BigInteger.Pow(2, 255) - 19;
    private static readonly BigInteger Order = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493");
    private static readonly BigInteger D = Modulo(-121665 * Invert(121666), Prime);
    private static readonly Point Base = CreateBase();

    public static byte[] PublicKey(ReadOnlySpan<byte> seed)
    {
        var (scalar, _) = Expand(seed);
        return Encode(Multiply(scalar, Base));
    }

    public static byte[] Sign(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> message)
    {
        var (scalar, prefix) = Expand(seed);
        var publicKey = Encode(Multiply(scalar, Base));

        var nonce = Modulo(Number(SHA512.HashData([.. prefix, .. message])), Order);
        var commitment = Encode(Multiply(nonce, Base));
        var challenge = Modulo(Number(SHA512.HashData([.. commitment, .. publicKey, .. message])), Order);

        return [.. commitment, .. LittleEndian(Modulo(nonce + (challenge * scalar), Order))];
    }

    private static (BigInteger Scalar, byte[] Prefix) Expand(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedSize)
            throw new ArgumentException($"An Ed25519 seed has {SeedSize} bytes, not {seed.Length}.", nameof(seed));

        var hash = SHA512.HashData(seed);
        hash[0] &= 0b1111_1000;
        hash[31] &= 0b0111_1111;
        hash[31] |= 0b0100_0000;
        return (Number(hash.AsSpan(0, 32)), hash[32..]);
    }

    /// <summary>A point of the curve in extended homogeneous coordinates (RFC 8032, 5.1.4): x = X/Z, y = Y/Z, xy = T/Z.</summary>
    private readonly record struct Point(BigInteger X, BigInteger Y, BigInteger Z, BigInteger T);

    private static Point CreateBase()
    {
        // y = 4/5 and the even x that belongs to it; the square root works as in RFC 8032, 5.1.3.
        var y = Modulo(4 * Invert(5), Prime);
        var square = Modulo(((y * y) - 1) * Invert((D * y * y) + 1), Prime);
        var x = BigInteger.ModPow(square, (Prime + 3) / 8, Prime);
        if (Modulo((x * x) - square, Prime) != 0)
            x = Modulo(x * BigInteger.ModPow(2, (Prime - 1) / 4, Prime), Prime);
        if (!x.IsEven)
            x = Prime - x;
        return new Point(x, y, 1, Modulo(x * y, Prime));
    }

    private static Point Add(Point p, Point q)
    {
        var a = Modulo((p.Y - p.X) * (q.Y - q.X), Prime);
        var b = Modulo((p.Y + p.X) * (q.Y + q.X), Prime);
        var c = Modulo(2 * p.T * q.T * D, Prime);
        var d = Modulo(2 * p.Z * q.Z, Prime);
        var (e, f, g, h) = (b - a, d - c, d + c, b + a);
        return new Point(Modulo(e * f, Prime), Modulo(g * h, Prime), Modulo(f * g, Prime), Modulo(e * h, Prime));
    }

    private static Point Multiply(BigInteger scalar, Point point)
    {
        var sum = new Point(0, 1, 1, 0);
        for (; scalar > 0; scalar >>= 1)
        {
            if (!scalar.IsEven)
                sum = Add(sum, point);
            point = Add(point, point);
        }

        return sum;
    }

    private static byte[] Encode(Point point)
    {
        var inverse = Invert(point.Z);
        var x = Modulo(point.X * inverse, Prime);
        var encoded = LittleEndian(Modulo(point.Y * inverse, Prime));
        if (!x.IsEven)
            encoded[31] |= 0x80;
        return encoded;
    }

    private static BigInteger Modulo(BigInteger value, BigInteger modulus)
    {
        var remainder = BigInteger.Remainder(value, modulus);
        return remainder.Sign < 0 ? remainder + modulus : remainder;
    }

    private static BigInteger Invert(BigInteger value) => BigInteger.ModPow(Modulo(value, Prime), Prime - 2, Prime);

    private static BigInteger Number(ReadOnlySpan<byte> littleEndian) => new(littleEndian, isUnsigned: true);

    private static byte[] LittleEndian(BigInteger value)
    {
        var bytes = new byte[32];
        value.TryWriteBytes(bytes, out _, isUnsigned: true);
        return bytes;
    }
}
