using System.Text.RegularExpressions;

namespace Kronform.Provision.Ssh;

/// <summary>
/// <see cref="ISshClient"/> over the system's OpenSSH client, 8.5 or newer: no library, the ciphers of the machine's own crypto,
/// and the agent if there is one. The user's ssh configuration and known hosts take no part.
/// </summary>
public sealed partial class OpenSshClient(OpenSshOptions options, TimeProvider time) : ISshClient
{
    private OpenSshProgram? _program;

    public OpenSshClient(TimeProvider time)
        : this(OpenSshOptions.Default, time)
    {
    }

    /// <inheritdoc/>
    public async Task<ISshSession> OpenAsync(SshTarget target, CancellationToken cancellation)
    {
        Check(target);
        var program = _program ??= await OpenSshProgram.FindAsync(options.Program, cancellation);
        using var limit = new CancellationTokenSource(target.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);

        // A fingerprint does not tell the type of its key, and a server shows one key of those it has. Each further round asks
        // for a type not seen yet; no key is ever accepted, and no login tried, without a pinned fingerprint.
        var refused = new List<OpenSshDiagnosis>();
        while (true)
        {
            var master = OpenSshMaster.Start(program, target, options, [.. refused.Select(r => r.KeyType!)], time);
            OpenSshDiagnosis failed;
            try
            {
                if (await master.ReadyAsync(either.Token))
                    return await OpenSshSession.StartAsync(master, time, either.Token);
                failed = OpenSshLog.Diagnose(await master.LastWordsAsync());
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                failed = master.Ready
                    ? new OpenSshDiagnosis(SshFailure.ConnectionLost, "logged in, but no shell answered", null, null)
                    : OpenSshLog.DiagnoseSilence(master.ReadLog(0));
                failed = failed with { Reason = $"{failed.Reason}, within {target.ConnectTimeout.TotalSeconds:0.#} s" };
            }
            finally
            {
                if (!master.Ready)
                    await master.DisposeAsync();
            }

            if (failed is not { Failure: SshFailure.HostKeyMismatch })
                throw Failure(target, failed);
            if (failed.KeyType is null || refused.Any(r => OpenSshArguments.Family(r.KeyType!) == OpenSshArguments.Family(failed.KeyType)))
                throw Mismatch(target, refused.Count > 0 ? refused : [failed]);
            refused.Add(failed);
        }
    }

    private static SshException Failure(SshTarget target, OpenSshDiagnosis failed) =>
        new(failed.Failure, $"Connecting to {target.User}@{target.Host} port {target.Port}: {failed.Reason}")
        {
            PresentedFingerprint = failed.Fingerprint,
        };

    private static SshException Mismatch(SshTarget target, List<OpenSshDiagnosis> refused)
    {
        var shown = string.Join(", ", refused.Select(r => r.Fingerprint is null ? r.Reason : $"{r.KeyType} SHA256:{r.Fingerprint}"));
        var pinned = string.Join(", ", target.HostKeySha256.Select(pin => $"SHA256:{pin}"));
        return new SshException(
            SshFailure.HostKeyMismatch, $"Connecting to {target.Host} port {target.Port}: its host keys ({shown}) have none of the expected fingerprints ({pinned}).")
        {
            PresentedFingerprint = refused[0].Fingerprint,
        };
    }

    private static void Check(SshTarget target)
    {
        if (target.HostKeySha256.Count == 0)
            throw new ArgumentException("At least one host-key fingerprint must be given; nothing is trusted on first use.", nameof(target));

        // They become part of a command line that ssh and a shell read.
        foreach (var pin in target.HostKeySha256)
        {
            if (!Fingerprint().IsMatch(pin))
                throw new ArgumentException($"'{pin}' is not a SHA-256 fingerprint (43 characters of base64, no padding, no 'SHA256:').", nameof(target));
        }

        if (target.Key.PrivateKeyFile is { } file)
        {
            if (!File.Exists(file))
                throw new SshException(SshFailure.AuthenticationFailed, $"The private key {file} does not exist.");
        }
        else if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("SSH_AUTH_SOCK")))
        {
            throw new SshException(SshFailure.AuthenticationFailed, "No private key is configured, and no SSH agent runs (SSH_AUTH_SOCK is not set).");
        }
        else if (!File.Exists(target.Key.PublicKeyFile))
        {
            throw new SshException(SshFailure.AuthenticationFailed, $"The public key {target.Key.PublicKeyFile}, which names the agent's key to use, does not exist.");
        }
    }

    [GeneratedRegex("^[A-Za-z0-9+/]{43}$")]
    private static partial Regex Fingerprint();
}
