namespace Kronform.Provision.Ssh;

/// <summary>What became of a connection, read from ssh's log.</summary>
/// <param name="Failure">The kind.</param>
/// <param name="Reason">ssh's own words, for the operator.</param>
/// <param name="KeyType">Type of the host key that was presented, if it came to that.</param>
/// <param name="Fingerprint">Its SHA-256, base64 without padding.</param>
internal sealed record OpenSshDiagnosis(SshFailure Failure, string Reason, string? KeyType, string? Fingerprint);

/// <summary>How a command ended, read from the logs of its client and of the master.</summary>
internal abstract record OpenSshExit
{
    public sealed record Status(int Code) : OpenSshExit;

    /// <summary>A signal ended it. ssh's log does not name the signal.</summary>
    public sealed record Signal : OpenSshExit;

    /// <summary>The server opens no more channels on this connection (MaxSessions).</summary>
    public sealed record ChannelRefused : OpenSshExit;

    /// <summary>The connection went before an exit status came.</summary>
    public sealed record Lost : OpenSshExit;
}
