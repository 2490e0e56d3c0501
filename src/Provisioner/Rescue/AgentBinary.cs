using System.IO.Compression;
using System.Security.Cryptography;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Rescue;

/// <summary>
/// The agent's single file as it lies beside this program, with the digest the far side must confirm before it runs. It travels
/// compressed: less than half the bytes, which counts on an operator's uplink.
/// </summary>
public sealed class AgentBinary
{
    public const string FileName = "kronform-agent";

    private readonly byte[] _compressed;

    private AgentBinary(long length, string sha256, byte[] compressed) => (Length, Sha256, _compressed) = (length, sha256, compressed);

    /// <summary>Bytes of the file itself.</summary>
    public long Length { get; }

    /// <summary>Of the file itself, lower-case hex.</summary>
    public string Sha256 { get; }

    /// <summary>The file as gzip, which every rescue system can expand.</summary>
    public ReadOnlyMemory<byte> Compressed => _compressed;

    /// <summary>A reader of <see cref="Compressed"/>; however many there are, the bytes are in memory once.</summary>
    public Stream OpenCompressed() => new MemoryStream(_compressed, writable: false);

    /// <param name="chosen">From the command line; null looks beside the program.</param>
    public static AgentBinary Find(string? chosen)
    {
        string file = chosen ?? Path.Combine(AppContext.BaseDirectory, FileName);
        if (!File.Exists(file))
            throw new ProvisionException(FailureCode.AgentMissing, $"The rescue agent {file} does not exist", "Keep kronform-agent beside provision (scripts/publish puts both in one folder), or name it with --agent.");
        byte[] content = File.ReadAllBytes(file);
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(content);
        return new AgentBinary(content.Length, Convert.ToHexStringLower(SHA256.HashData(content)), compressed.ToArray());
    }
}
