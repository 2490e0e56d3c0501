using System.Security.Cryptography;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Rescue;

/// <summary>The agent's single file as it lies beside this program, with the digest the far side must confirm before it runs.</summary>
public sealed record AgentBinary(string File, long Length, string Sha256)
{
    public const string FileName = "kronform-agent";

    /// <param name="chosen">From the command line; null looks beside the program.</param>
    public static AgentBinary Find(string? chosen)
    {
        string file = chosen ?? Path.Combine(AppContext.BaseDirectory, FileName);
        if (!System.IO.File.Exists(file))
            throw new ProvisionException(FailureCode.AgentMissing, $"The rescue agent {file} does not exist", "Keep kronform-agent beside provision (scripts/publish puts both in one folder), or name it with --agent.");
        using var stream = System.IO.File.OpenRead(file);
        return new AgentBinary(file, stream.Length, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }
}
