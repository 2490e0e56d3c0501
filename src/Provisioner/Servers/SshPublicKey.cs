using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Servers;

/// <summary>One OpenSSH public key: a line <c>type base64 comment</c>, as in a <c>.pub</c> file.</summary>
public sealed class SshPublicKey
{
    private readonly byte[] _blob;

    private SshPublicKey(string type, byte[] blob, string comment)
    {
        Type = type;
        _blob = blob;
        Comment = comment;
    }

    /// <summary>For example <c>ssh-ed25519</c>.</summary>
    public string Type { get; }

    /// <summary>Empty when there is none.</summary>
    public string Comment { get; }

    /// <summary>Robot's form: lower-case hex pairs with colons, over the decoded key.</summary>
    // Robot names keys by MD5 and knows no other form. It identifies here and protects nothing.
#pragma warning disable CA5351
    public string Md5Fingerprint => string.Join(':', MD5.HashData(_blob).Select(b => b.ToString("x2")));
#pragma warning restore CA5351

    /// <summary>OpenSSH's form without the <c>SHA256:</c> prefix: base64 without padding.</summary>
    public string Sha256Fingerprint => Convert.ToBase64String(SHA256.HashData(_blob)).TrimEnd('=');

    /// <summary>The key as one line, without the comment, which is nobody's business at Hetzner.</summary>
    public string Line => $"{Type} {Convert.ToBase64String(_blob)}";

    public override string ToString() => $"{Type} SHA256:{Sha256Fingerprint}";

    /// <param name="text">The content of the file: exactly one key; blank lines and lines starting with # are passed over.</param>
    /// <exception cref="ProvisionException">With <see cref="FailureCode.SshKey"/>. The text itself is never quoted: it may be a private key.</exception>
    public static SshPublicKey Parse(string text)
    {
        if (text.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            throw Unusable("this is a private key");

        var lines = text.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#').ToList();
        if (lines.Count != 1)
            throw Unusable(lines.Count == 0 ? "there is no key in it" : "there is more than one line in it");

        var fields = lines[0].Split([' ', '\t'], 3, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 2)
            throw Unusable("the line is not of the form \"type base64 comment\"");

        var blob = new byte[fields[1].Length];
        if (!Convert.TryFromBase64String(fields[1], blob, out var length))
            throw Unusable("the second field is not base64");
        Array.Resize(ref blob, length);
        if (TypeInside(blob) != fields[0])
            throw Unusable("the key's own type is not the one at the start of the line");
        return new SshPublicKey(fields[0], blob, fields.ElementAtOrDefault(2)?.Trim() ?? "");
    }

    /// <summary>RFC 4253 §6.6: the blob starts with its type as a length-prefixed string. Null when it does not.</summary>
    private static string? TypeInside(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < 4)
            return null;
        var length = BinaryPrimitives.ReadUInt32BigEndian(blob);
        return length < blob.Length - 4 ? Encoding.ASCII.GetString(blob.Slice(4, (int)length)) : null;
    }

    private static ProvisionException Unusable(string why) =>
        new(FailureCode.SshKey, $"Reading the SSH public key: {why}.", "Name the .pub file that ssh-keygen wrote beside the private key.");
}
