using System.Security.Cryptography;
using System.Text.Json;

namespace Kronform.Provision.Protocol;

/// <summary>
/// A short name for everything that was known of a disk when it was chosen. The Provisioner puts it into the order, the
/// agent computes it again in the process that writes: a disk that changed in between is refused.
/// </summary>
public static class DiskState
{
    /// <summary>SHA-256, lower-case hex, over the disk's description without its kernel name, links and bus path, which may change between boots.</summary>
    public static string Hash(BlockDevice disk)
    {
        var stable = disk with { Name = "", ByIdLinks = [], BusPath = null };
        return Convert.ToHexStringLower(SHA256.HashData(
            JsonSerializer.SerializeToUtf8Bytes(stable, ProtocolJson.Default.BlockDevice)));
    }
}
