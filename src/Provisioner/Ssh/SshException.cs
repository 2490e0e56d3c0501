namespace Kronform.Provision.Ssh;

/// <summary>Why a connection could not be made or was lost.</summary>
public enum SshFailure
{
    /// <summary>The port answered with a reset: the machine is up, no sshd listens.</summary>
    Refused,

    /// <summary>No answer: powered off, booting, filtered, or no route.</summary>
    Unreachable,

    /// <summary>The peer's key has none of the pinned fingerprints.</summary>
    HostKeyMismatch,

    /// <summary>The key exchange was fine, the login was refused.</summary>
    AuthenticationFailed,

    /// <summary>Connected, then lost: reset, closed, or silent beyond the keep-alive limit.</summary>
    ConnectionLost,

    /// <summary>Something answered that does not speak SSH, or the local client cannot run.</summary>
    Protocol,
}

/// <summary>The connection is gone or never was; whether a command that was running had an effect is not known.</summary>
public sealed class SshException(SshFailure failure, string message, Exception? cause = null) : Exception(message, cause)
{
    public SshFailure Failure { get; } = failure;

    /// <summary>The connection is fine and the command was never started: the far side had no channel left for it.</summary>
    internal bool ChannelRefused { get; init; }

    /// <summary>The fingerprint the peer presented (SHA-256, base64 without padding), when it was seen.</summary>
    public string? PresentedFingerprint { get; init; }
}
