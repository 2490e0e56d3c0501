namespace Kronform.Provision.Talos;

public enum TalosTrustFailure
{
    /// <summary>The certificate the node shows is not signed by our cluster's CA: a foreign or stale Talos, or one in maintenance.</summary>
    ServerOfAnotherCa,

    /// <summary>Signed by our CA, but not for the address we dialled (floating address, NAT, wrong node).</summary>
    ServerNameMismatch,

    /// <summary>Signed by our CA, and over: the node's clock is behind, or it stopped renewing.</summary>
    ServerCertificateExpired,

    /// <summary>Signed by our CA, for a time to come: the node's clock is ahead of ours.</summary>
    ServerCertificateNotYetValid,

    /// <summary>In maintenance: not the key that was seen before. Talos makes a new one at each boot and when addresses change.</summary>
    ServerPinMismatch,

    /// <summary>
    /// The node is of our cluster's CA and refuses our client certificate: by its clock it is not valid, or the certificate is
    /// not one for administrators.
    /// </summary>
    ClientCertificateRefused,
}

/// <summary>The TLS handshake showed that the two sides do not trust each other. Nothing was sent.</summary>
public sealed class TalosTrustException(TalosTrustFailure failure, string message, Exception? cause = null) : Exception(message, cause)
{
    public TalosTrustFailure Failure { get; } = failure;
}
