using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kronform.Provision.Talos.Pki;
using Kronform.Provision.Talos.Tls;

namespace Kronform.Provision.Talos;

/// <summary>Who we are to a configured node, and whom we believe: a client certificate with its key, and the cluster's CA.</summary>
public sealed class TalosIdentity : IDisposable
{
    /// <summary>What every call of a run may need.</summary>
    public const string AdminRole = "os:admin";

    private const string Ed25519Oid = "1.3.101.112";
    private const string OrganizationOid = "2.5.4.10";

    /// <summary>Longer than the longest run (a whole cluster rebuilt one node at a time), shorter than anything worth stealing.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    internal TalosIdentity(X509Certificate2 authority, X509Certificate2 client)
        : this([authority], client, openSsl: null)
    {
    }

    private TalosIdentity(IReadOnlyList<X509Certificate2> authorities, X509Certificate2 client, OpenSslClientContext? openSsl) =>
        (Authorities, Client, OpenSsl) = (authorities, client, openSsl);

    /// <summary>The cluster's Talos API CA, without its key; two while one replaces the other.</summary>
    public IReadOnlyList<X509Certificate2> Authorities { get; }

    /// <summary>With its private key, unless that is one .NET cannot load.</summary>
    public X509Certificate2 Client { get; }

    /// <summary>Talos takes the roles of a caller from the O values of its certificate.</summary>
    public IReadOnlyList<string> Roles =>
        [.. Client.SubjectName.EnumerateRelativeDistinguishedNames()
            .Where(n => !n.HasMultipleElements && n.GetSingleElementType().Value == OrganizationOid)
            .Select(n => n.GetSingleElementValue() ?? "")];

    /// <summary>Set when the key is Ed25519: then TLS is spoken by OpenSSL itself.</summary>
    internal OpenSslClientContext? OpenSsl { get; }

    /// <summary>A short-lived administrator, signed by the cluster's own CA.</summary>
    /// <param name="accepted">PEM of the CAs that nodes may be signed by besides, see <see cref="Cluster.MachineConfigs.MachineConfig.AcceptedCas"/>.</param>
    /// <exception cref="CryptographicException">The CA has expired.</exception>
    public static TalosIdentity FromCa(TalosCa ca, TimeProvider time, IEnumerable<string>? accepted = null) =>
        new(Believed(ca.ExportCertificatePem(), accepted), ca.IssueClientCertificate(time, Lifetime), openSsl: null);

    /// <summary>What a talosconfig holds. Its keys are Ed25519 as Talos issues them, or ECDSA or RSA as the cluster's CA is.</summary>
    /// <param name="authorities">PEM, one CERTIFICATE block or several.</param>
    /// <param name="certificate">PEM, one CERTIFICATE block.</param>
    /// <param name="key">PEM, one block ED25519 PRIVATE KEY, PRIVATE KEY, EC PRIVATE KEY or RSA PRIVATE KEY.</param>
    /// <param name="accepted">As for <see cref="FromCa"/>.</param>
    /// <exception cref="CryptographicException">Unreadable, or certificate and key do not belong together. Never quotes the key.</exception>
    public static TalosIdentity FromPem(string authorities, string certificate, string key, IEnumerable<string>? accepted = null)
    {
        var believed = Believed(authorities, accepted);

        var client = Read("client certificate", () => X509Certificate2.CreateFromPem(certificate));
        if (client.PublicKey.Oid.Value != Ed25519Oid)
        {
            client.Dispose();
            return new TalosIdentity(believed, Read("client certificate and its key", () => X509Certificate2.CreateFromPem(certificate, key)), openSsl: null);
        }

        try
        {
            return new TalosIdentity(believed, client, OpenSslFor(client, key));
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var authority in Authorities)
            authority.Dispose();
        Client.Dispose();
        OpenSsl?.Dispose();
    }

    private static List<X509Certificate2> Believed(string authorities, IEnumerable<string>? accepted)
    {
        var own = new X509Certificate2Collection();
        own.ImportFromPem(authorities);
        if (own.Count == 0)
            throw new CryptographicException("There is no CERTIFICATE block in the CA.");
        return [.. own, .. (accepted ?? []).Select(pem => X509Certificate2.CreateFromPem(pem)).Where(a => !own.Any(o => o.RawData.AsSpan().SequenceEqual(a.RawData)))];
    }

    private static OpenSslClientContext OpenSslFor(X509Certificate2 client, string key)
    {
        // The label Go writes, ED25519 PRIVATE KEY, is unknown to OpenSSL; what is in the block is ordinary PKCS#8.
        if (!PemEncoding.TryFind(key, out var fields))
            throw new CryptographicException("There is no PEM block in the client's private key.");
        var der = new byte[fields.DecodedDataLength];
        try
        {
            if (!Convert.TryFromBase64Chars(key.AsSpan()[fields.Base64Data], der, out _))
                throw new CryptographicException("The PEM block of the client's private key is not valid base64.");
            return new OpenSslClientContext(client.RawData, der);
        }
        catch (DllNotFoundException e)
        {
            throw new CryptographicException("An Ed25519 client key needs OpenSSL 3 (libssl.so.3), which is not installed.", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
        }
    }

    private static X509Certificate2 Read(string what, Func<X509Certificate2> read)
    {
        try
        {
            return read();
        }
        catch (CryptographicException e)
        {
            throw new CryptographicException($"The {what} cannot be read ({e.Message})", e);
        }
    }
}
