namespace Kronform.Provision.Ssh;

/// <summary>
/// The narrow way into a rescue system. Two implementations share one contract test suite; what is promised here is what the
/// suite checks against a real sshd.
/// </summary>
public interface ISshClient
{
    /// <summary>
    /// Connects and authenticates. The host key must have one of the pinned fingerprints; nothing is trusted on first use.
    /// </summary>
    /// <exception cref="SshException">With the <see cref="SshFailure"/> that happened. No retry happens inside.</exception>
    Task<ISshSession> OpenAsync(SshTarget target, CancellationToken cancellation);
}

/// <summary>One authenticated connection. Commands run under the remote root's shell and may run concurrently.</summary>
public interface ISshSession : IAsyncDisposable
{
    /// <summary>
    /// Runs a command line. When <paramref name="input"/> is given its bytes become the command's standard input, followed by
    /// end of file; else standard input stays open and silent until the command ends. Cancelling kills the far process, also
    /// one that neither reads nor writes.
    /// </summary>
    /// <param name="command">For the remote shell; the caller quotes. Never holds a secret: it is visible in process lists.</param>
    /// <param name="input">What to send to standard input, and how far it got.</param>
    /// <param name="onLine">Called for each line of standard output as it arrives; lines are then not collected in the result.</param>
    /// <param name="cancellation">Ends the far process, then throws <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="SshException">The connection was lost before the exit status was known. The command's own failure is a result, not an exception.</exception>
    Task<SshResult> RunAsync(string command, SshInput? input, Action<string>? onLine, CancellationToken cancellation);
}

/// <param name="Host">Address or name.</param>
/// <param name="Port">TCP port.</param>
/// <param name="User">Login name; <c>root</c> in a rescue system.</param>
/// <param name="Key">How to authenticate.</param>
/// <param name="HostKeySha256">Accepted host-key fingerprints: SHA-256, base64 without padding and without the <c>SHA256:</c> prefix, as Robot reports them. At least one.</param>
/// <param name="ConnectTimeout">Limit for TCP connect, key exchange and authentication together.</param>
public sealed record SshTarget(string Host, int Port, string User, SshKey Key, IReadOnlyList<string> HostKeySha256, TimeSpan ConnectTimeout);

/// <summary>A private key file, or the agent at <c>SSH_AUTH_SOCK</c> with the public key that names which of its keys to use.</summary>
/// <param name="PrivateKeyFile">Path; null means the agent.</param>
/// <param name="PublicKeyFile">Path of the <c>.pub</c> file; needed with the agent and to register the key in Robot.</param>
public sealed record SshKey(string? PrivateKeyFile, string PublicKeyFile);

/// <param name="Content">Read to its end; not disposed.</param>
/// <param name="Prefix">Sent before <paramref name="Content"/>.</param>
/// <param name="KeepOpen">Do not send end of file after the content: the far side ends by itself and treats end of file as our death.</param>
/// <param name="Sent">Told the number of content bytes handed over so far.</param>
public sealed record SshInput(Stream Content, ReadOnlyMemory<byte> Prefix = default, bool KeepOpen = false, IProgress<long>? Sent = null);

/// <param name="ExitStatus">As the remote shell reports it; null when a signal ended the command.</param>
/// <param name="Signal">Name without SIG, when a signal ended the command and the server said so.</param>
/// <param name="Output">Standard output, unless lines were handed out; at most 1 MiB, the rest is dropped.</param>
/// <param name="Error">Standard error; at most 64 KiB.</param>
public sealed record SshResult(int? ExitStatus, string? Signal, string Output, string Error)
{
    public bool Succeeded => ExitStatus == 0;
}
