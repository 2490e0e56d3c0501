namespace Kronform.Provision.Talos;

public enum TalosTrustFailure
{
    /// <summary>The certificate the node shows is not signed by our cluster's CA: a foreign or stale Talos, or one in maintenance.</summary>
    ServerOfAnotherCa,

    /// <summary>Signed by our CA, but not for the address we dialled (floating address, NAT, wrong node).</summary>
    ServerNameMismatch,

    /// <summary>Signed by our CA, but expired or not valid yet: one of the two clocks is wrong.</summary>
    ServerCertificateTime,

    /// <summary>In maintenance: not the key that was seen before. Talos makes a new one at each boot and when addresses change.</summary>
    ServerPinMismatch,

    /// <summary>The node did not take our client certificate: it belongs to another CA, or its clock is off.</summary>
    ClientCertificateRefused,
}

/// <summary>The TLS handshake showed that the two sides do not trust each other. Nothing was sent.</summary>
public sealed class TalosTrustException(TalosTrustFailure failure, string message, Exception? cause = null) : Exception(message, cause)
{
    public TalosTrustFailure Failure { get; } = failure;
}
