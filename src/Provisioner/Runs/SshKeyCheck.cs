using System.Diagnostics;
using Kronform.Provision.Failures;
using Kronform.Provision.Servers;
using Kronform.Provision.Ssh;

namespace Kronform.Provision.Runs;

/// <summary>
/// Whether the SSH client and the key can be used, found out before a server is reset: afterwards a wrong key looks like a
/// rescue system that does not come.
/// </summary>
public static class SshKeyCheck
{
    /// <exception cref="ProvisionException"><see cref="FailureCode.SshKey"/>, with what to do.</exception>
    public static async Task CheckAsync(SshKey key, CancellationToken cancellation)
    {
        try
        {
            await OpenSshProgram.FindAsync("ssh", cancellation);
        }
        catch (SshException e)
        {
            throw new ProvisionException(FailureCode.SshKey, e.Message, "Install the package openssh-client.", e.InnerException);
        }

        if (key.PrivateKeyFile is { } privateKey && !File.Exists(privateKey))
            throw new ProvisionException(FailureCode.SshKey, $"The SSH private key {privateKey} does not exist", "Correct ssh.privateKey in provision.yaml.");
        if (!File.Exists(key.PublicKeyFile))
            throw new ProvisionException(FailureCode.SshKey, $"The SSH public key {key.PublicKeyFile} does not exist", $"Make it with: ssh-keygen -y -f {key.PrivateKeyFile ?? "KEY"} > {key.PublicKeyFile}");
        var publicKey = SshPublicKey.Parse(await File.ReadAllTextAsync(key.PublicKeyFile, cancellation));
        if (key.PrivateKeyFile is { } file) await CheckPairAsync(file, key.PublicKeyFile, publicKey, cancellation);
        else if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("SSH_AUTH_SOCK")))
            throw new ProvisionException(FailureCode.SshKey, "provision.yaml asks for the SSH agent, and SSH_AUTH_SOCK is not set", "Start ssh-agent and add the key, or name ssh.privateKey.");
    }

    private static async Task CheckPairAsync(string privateKey, string publicFile, SshPublicKey publicKey, CancellationToken cancellation)
    {
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        if ((File.GetUnixFileMode(privateKey) & others) != 0)
            throw new ProvisionException(FailureCode.SshKey, $"The SSH private key {privateKey} can be read by others, so ssh refuses it", $"chmod 600 {privateKey}");

        // An empty passphrase, so that a protected key is an answer and not a question nobody sees.
        using var process = Process.Start(new ProcessStartInfo("ssh-keygen", ["-y", "-P", "", "-f", privateKey]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync(cancellation);
        string derived = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        if (process.ExitCode != 0)
            throw new ProvisionException(FailureCode.SshKey, $"The SSH private key {privateKey} cannot be used: {(await error).Trim()}", "A key with a passphrase works through the agent: ssh.agent: true with ssh.publicKey.");
        if (SshPublicKey.Parse(derived).Sha256Fingerprint != publicKey.Sha256Fingerprint)
            throw new ProvisionException(FailureCode.SshKey, $"{publicFile} is not the public key of {privateKey}", $"Make it with: ssh-keygen -y -f {privateKey} > {publicFile}");
    }
}
