using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Kronform.Provision.Talos.Pki;

/// <summary>
/// A cluster's Talos API CA (machine.ca; certs.os of a secrets bundle) with its private key: issues client certificates for
/// talking to the nodes and, for a stand-in of Talos, server certificates.
/// </summary>
/// <remarks>
/// Issued certificates have ECDSA P-256 keys whatever the CA's own key is: .NET cannot load an Ed25519 private key for TLS, and
/// Talos checks role, usage and signature of a client certificate but not what kind of key it holds.
/// </remarks>
public sealed class TalosCa : IDisposable
{
    /// <summary>How far NotBefore lies in the past, so that a node whose clock is a little behind does not refuse us.</summary>
    public static readonly TimeSpan Backdating = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan CaLifetime = TimeSpan.FromHours(87600);
    private static readonly Oid ServerAuth = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuth = new("1.3.6.1.5.5.7.3.2");

    private readonly SigningKey _key;

    private TalosCa(X509Certificate2 certificate, SigningKey key)
    {
        Certificate = certificate;
        _key = key;
    }

    /// <summary>The CA's certificate, without private key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <param name="certificatePem">One CERTIFICATE block.</param>
    /// <param name="keyPem">One block ED25519 PRIVATE KEY, PRIVATE KEY, EC PRIVATE KEY or RSA PRIVATE KEY.</param>
    /// <exception cref="CryptographicException">Unreadable, not a CA, or the two do not belong together.</exception>
    public static TalosCa FromPem(string certificatePem, string keyPem)
    {
        var certificate = ReadCertificate(certificatePem);
        SigningKey? key = null;
        try
        {
            key = SigningKey.FromPem(keyPem);
            if (!key.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo()))
                throw new CryptographicException("The Talos CA's private key does not belong to its certificate.");
            return new TalosCa(certificate, key);
        }
        catch
        {
            certificate.Dispose();
            key?.Dispose();
            throw;
        }
    }

    /// <summary>The same from the values of a machine config or secrets bundle, which are base64 of PEM text.</summary>
    /// <exception cref="CryptographicException">As for <see cref="FromPem"/>, and for bad base64.</exception>
    public static TalosCa FromEncoded(string certificate, string key) => FromPem(Decode(certificate, "certificate"), Decode(key, "private key"));

    /// <summary>Reads just the CA's certificate (all a worker's machine config holds) from base64 of PEM text.</summary>
    /// <exception cref="CryptographicException">Unreadable or not a CA.</exception>
    public static X509Certificate2 ReadEncodedCertificate(string certificate) => ReadCertificate(Decode(certificate, "certificate"));

    /// <exception cref="CryptographicException">Unreadable or not a CA.</exception>
    public static X509Certificate2 ReadCertificate(string certificatePem)
    {
        X509Certificate2 certificate;
        try
        {
            certificate = X509Certificate2.CreateFromPem(certificatePem);
        }
        catch (CryptographicException e)
        {
            throw new CryptographicException("Reading the Talos CA: its certificate is not one PEM CERTIFICATE block.", e);
        }

        if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().Any(e => e.CertificateAuthority))
            return certificate;

        certificate.Dispose();
        throw new CryptographicException("The certificate given as the Talos CA is not a CA certificate.");
    }

    /// <summary>A new Talos API CA as `talosctl gen secrets` makes it: Ed25519, O=talos, ten years.</summary>
    public static TalosCa Create(TimeProvider time) => Create(SigningKey.CreateEd25519(), time);

    /// <summary>The same with an ECDSA P-256 key, which Talos accepts since 1.10.3.</summary>
    public static TalosCa CreateEcdsa(TimeProvider time) => Create(SigningKey.CreateEcdsa(), time);

    private static TalosCa Create(SigningKey key, TimeProvider time)
    {
        var request = new CertificateRequest(OrganizationName("talos"), key.PublicKey, key.Digest);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([ServerAuth, ClientAuth], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(RandomNumberGenerator.GetBytes(20), false));

        var now = time.GetUtcNow();
        var certificate = request.Create(request.SubjectName, key.Generator, now - Backdating, now + CaLifetime, SerialNumber());
        return new TalosCa(certificate, key);
    }

    /// <summary>PEM text of the certificate.</summary>
    public string ExportCertificatePem() => Certificate.ExportCertificatePem();

    /// <summary>PEM text of the private key. A secret: into a machine config or a 0600 file, nowhere else.</summary>
    public string ExportKeyPem() => _key.ExportPem();

    /// <summary>
    /// A client certificate with a fresh key. Talos takes the roles from the subject's O values, and demands that the extended
    /// key usage is clientAuth and nothing else (unconditionally since 1.12).
    /// </summary>
    /// <exception cref="CryptographicException">The CA itself has expired.</exception>
    public X509Certificate2 IssueClientCertificate(TimeProvider time, TimeSpan lifetime, string role = "os:admin")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = SignClientCertificate(new PublicKey(key), time, lifetime, role);
        return certificate.CopyWithPrivateKey(key);
    }

    /// <summary>The same for a key that stays with its owner, of any kind: `talosctl` uses Ed25519.</summary>
    /// <exception cref="CryptographicException">The CA itself has expired.</exception>
    public X509Certificate2 SignClientCertificate(PublicKey subjectKey, TimeProvider time, TimeSpan lifetime, string role = "os:admin") =>
        Sign(OrganizationName(role), subjectKey, ClientAuth, names: null, time, lifetime);

    /// <summary>A server certificate as a configured node's apid shows it, with a fresh key: CN host name, SANs names and addresses.</summary>
    /// <exception cref="CryptographicException">The CA itself has expired.</exception>
    public X509Certificate2 IssueServerCertificate(
        string commonName, IEnumerable<IPAddress> addresses, IEnumerable<string> dnsNames, TimeProvider time, TimeSpan lifetime)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = SignServerCertificate(new PublicKey(key), commonName, addresses, dnsNames, time, lifetime);
        return certificate.CopyWithPrivateKey(key);
    }

    /// <summary>The same for a key that stays with its owner, as a worker asks trustd for it.</summary>
    /// <exception cref="CryptographicException">The CA itself has expired.</exception>
    public X509Certificate2 SignServerCertificate(
        PublicKey subjectKey, string commonName, IEnumerable<IPAddress> addresses, IEnumerable<string> dnsNames, TimeProvider time, TimeSpan lifetime)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var address in addresses.Distinct())
            names.AddIpAddress(address);
        foreach (var name in dnsNames.Distinct(StringComparer.OrdinalIgnoreCase))
            names.AddDnsName(name);

        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(commonName);
        return Sign(subject.Build(), subjectKey, ServerAuth, names.Build(), time, lifetime);
    }

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    private X509Certificate2 Sign(
        X500DistinguishedName subject, PublicKey subjectKey, Oid usage, X509Extension? names, TimeProvider time, TimeSpan lifetime)
    {
        var now = time.GetUtcNow();
        var caEnds = new DateTimeOffset(Certificate.NotAfter.ToUniversalTime());
        if (caEnds <= now)
            throw new CryptographicException($"The Talos CA expired on {caEnds:yyyy-MM-dd HH:mm} UTC; nothing it signs will be accepted.");

        // The digest named here is the one the CA signs with, so it follows the CA's key and not the subject's.
        var request = new CertificateRequest(subject, subjectKey, _key.Digest);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([usage], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        if (Certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Any())
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, true, false));
        if (names is not null)
            request.CertificateExtensions.Add(names);

        var ends = now + lifetime < caEnds ? now + lifetime : caEnds;
        return request.Create(Certificate.SubjectName, _key.Generator, now - Backdating, ends, SerialNumber());
    }

    private static X500DistinguishedName OrganizationName(string organization)
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddOrganizationName(organization);
        return builder.Build();
    }

    private static byte[] SerialNumber()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x3F) | 0x40); // positive and never shortened
        return serial;
    }

    private static string Decode(string encoded, string what)
    {
        try
        {
            return Encoding.ASCII.GetString(Convert.FromBase64String(encoded.Trim()));
        }
        catch (FormatException e)
        {
            throw new CryptographicException($"Reading the Talos CA: its {what} is not base64 of PEM text.", e);
        }
    }
}
