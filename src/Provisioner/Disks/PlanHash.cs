using System.Security.Cryptography;
using System.Text;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks;

/// <summary>Names one decision: this node, this disk, these contents of all disks, this image. Anything else is another plan.</summary>
public static class PlanHash
{
    /// <returns>SHA-256, lower-case hex; the same in any order and under any kernel names.</returns>
    public static string Compute(string node, DiskIdentity chosen, IEnumerable<BlockDevice> all, string imageSha256)
    {
        var text = new StringBuilder();
        Append(text, "node", node);
        Append(text, "serial", chosen.Serial ?? "");
        Append(text, "wwn", chosen.Wwn ?? "");
        Append(text, "size", chosen.SizeBytes.ToString());
        foreach (var state in all.Select(DiskState.Hash).Order(StringComparer.Ordinal)) Append(text, "disk", state);
        Append(text, "image", imageSha256);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>With the length, so that no value can pass for another field.</summary>
    private static void Append(StringBuilder text, string name, string value) => text.Append(name).Append(' ').Append(value.Length).Append(' ').Append(value).Append('\n');
}
