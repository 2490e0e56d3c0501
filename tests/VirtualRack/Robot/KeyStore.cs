using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Kronform.Provision.VirtualRack.Robot;

/// <param name="Fingerprint">MD5, lower-case hex pairs with colons.</param>
/// <param name="Type"><c>RSA</c>, <c>ECDSA</c>, <c>ED25519</c>.</param>
/// <param name="Line">As given, an OpenSSH public key.</param>
internal sealed record StoredKey(string Name, string Fingerprint, string Type, int Size, string Line, string CreatedAt);

/// <summary>The account's SSH keys, unique by material. Not thread-safe; the account locks.</summary>
internal sealed class KeyStore
{
    private readonly Dictionary<string, StoredKey> _keys = [];

    public IReadOnlyList<StoredKey> All => [.. _keys.Values];

    public StoredKey? Find(string fingerprint) => _keys.GetValueOrDefault(fingerprint);

    public bool TryAdd(StoredKey key) => _keys.TryAdd(key.Fingerprint, key);

    public void Put(StoredKey key) => _keys[key.Fingerprint] = key;

    public bool Remove(string fingerprint) => _keys.Remove(fingerprint);

    /// <summary>Null when the data is not an OpenSSH public key of a known type.</summary>
    public static StoredKey? Read(string name, string data, DateTimeOffset now)
    {
        var fields = data.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 2)
            return null;
        var blob = new byte[fields[1].Length];
        if (!Convert.TryFromBase64String(fields[1], blob, out var length))
            return null;

        Array.Resize(ref blob, length);
        if (Describe(blob) is not var (named, type, size) || named != fields[0])
            return null;
#pragma warning disable CA5351 // Robot names keys by MD5.
        var fingerprint = string.Join(':', MD5.HashData(blob).Select(b => b.ToString("x2")));
#pragma warning restore CA5351
        return new StoredKey(name, fingerprint, type, size, data.Trim(), BerlinTime.Text(now));
    }

    /// <summary>RFC 4253 §6.6: length-prefixed fields; for RSA the third is the modulus, for ECDSA the second is the curve.</summary>
    private static (string Name, string Type, int Size)? Describe(byte[] blob)
    {
        var fields = new List<byte[]>();
        for (var at = 0; at < blob.Length;)
        {
            if (blob.Length - at < 4)
                return null;
            var length = BinaryPrimitives.ReadUInt32BigEndian(blob.AsSpan(at));
            if (length > blob.Length - at - 4)
                return null;
            fields.Add(blob[(at + 4)..(at + 4 + (int)length)]);
            at += 4 + (int)length;
        }

        var name = fields.Count == 0 ? "" : Encoding.ASCII.GetString(fields[0]);
        return (name, fields.Count) switch
        {
            ("ssh-ed25519", 2) => (name, "ED25519", 256),
            ("ssh-rsa", 3) => (name, "RSA", fields[2].SkipWhile(b => b == 0).Count() * 8),
            ("ecdsa-sha2-nistp256", 3) => (name, "ECDSA", 256),
            ("ecdsa-sha2-nistp384", 3) => (name, "ECDSA", 384),
            ("ecdsa-sha2-nistp521", 3) => (name, "ECDSA", 521),
            _ => null,
        };
    }
}
