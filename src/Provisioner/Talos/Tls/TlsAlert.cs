using System.Security.Cryptography;

namespace Kronform.Provision.Talos.Tls;

/// <summary>The alert a TLS peer sent before it hung up, dug out of .NET's exceptions on Linux.</summary>
internal static class TlsAlert
{
    // OpenSSL packs library (SSL = 20) and reason into one number, and reasons for received alerts are 1000 + alert
    // (openssl/err.h, openssl/sslerr.h). .NET hands that number on as the HResult of the innermost exception.
    private const int SslLibrary = 20;
    private const int LibraryShift = 23;
    private const int AlertReasonOffset = 1000;

    public static int? Find(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            var reason = e.HResult & ((1 << LibraryShift) - 1);
            if (e is CryptographicException && e.HResult >> LibraryShift == SslLibrary && reason is > AlertReasonOffset and < AlertReasonOffset + 256)
                return reason - AlertReasonOffset;
        }

        return null;
    }

    /// <summary>
    /// RFC 8446, 6.2: bad, unsupported, revoked, expired or unknown certificate (42-46), unknown CA (48), access denied (49),
    /// certificate required (116), and 40, which Go since 1.25 sends under TLS 1.2 for a missing one.
    /// </summary>
    public static bool RefusesCertificate(int alert) => alert is 40 or (>= 42 and <= 46) or 48 or 49 or 116;

    /// <summary>RFC 8446, appendix B.2, in words.</summary>
    public static string Name(int alert) => alert switch
    {
        40 => "handshake failure",
        42 => "bad certificate",
        43 => "unsupported certificate",
        44 => "certificate revoked",
        45 => "certificate expired or not yet valid",
        46 => "certificate unknown",
        48 => "unknown CA",
        49 => "access denied",
        116 => "certificate required",
        _ => "unnamed",
    };
}
