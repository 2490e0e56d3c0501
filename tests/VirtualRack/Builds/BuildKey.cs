using System.Security.Cryptography;
using System.Text;

namespace Kronform.Provision.VirtualRack.Builds;

/// <summary>Names a build by the content of all it is made from.</summary>
internal static class BuildKey
{
    /// <returns>16 small hexadecimal digits; the order in which files are given does not matter.</returns>
    public static string Of(IReadOnlyList<string> files, IReadOnlyList<string> words)
    {
        var text = new StringBuilder();
        foreach (var file in files.OrderBy(Path.GetFileName, StringComparer.Ordinal))
        {
            using var content = File.OpenRead(file);
            text.Append(Path.GetFileName(file)).Append(' ').AppendLine(Convert.ToHexString(SHA256.HashData(content)));
        }

        text.AppendJoin('\n', words);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..16];
    }
}
