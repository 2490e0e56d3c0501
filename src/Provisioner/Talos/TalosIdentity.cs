using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kronform.Provision.Talos.Pki;

namespace Kronform.Provision.Talos;

/// <summary>Who we are to a configured node, and whom we believe: a short-lived client certificate and the cluster's CA.</summary>
public sealed class TalosIdentity : IDisposable
{
    /// <summary>Longer than the longest run (a whole cluster rebuilt one node at a time), shorter than anything worth stealing.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    internal TalosIdentity(X509Certificate2 authority, X509Certificate2 client)
    {
        Authority = authority;
        Client = client;
    }

    /// <summary>The cluster's Talos API CA, without its key.</summary>
    public X509Certificate2 Authority { get; }

    /// <summary>O=os:admin, with its private key.</summary>
    public X509Certificate2 Client { get; }

    /// <exception cref="CryptographicException">The CA has expired.</exception>
    public static TalosIdentity FromCa(TalosCa ca, TimeProvider time) =>
        new(X509CertificateLoader.LoadCertificate(ca.Certificate.RawData), ca.IssueClientCertificate(time, Lifetime));

    public void Dispose()
    {
        Authority.Dispose();
        Client.Dispose();
    }
}
