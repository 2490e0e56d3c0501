using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kronform.Provision.Talos;

/// <summary>
/// The fingerprint Talos prints on its console and `talosctl --cert-fingerprint` takes: SHA-256 over the public key's
/// SubjectPublicKeyInfo, in standard base64 with padding (44 characters).
/// </summary>
public static class SpkiFingerprint
{
    public static string Of(X509Certificate2 certificate) =>
        Convert.ToBase64String(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
}
