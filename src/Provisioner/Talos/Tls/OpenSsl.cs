using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Kronform.Provision.Talos.Tls;

/// <summary>
/// The calls into OpenSSL 3 that a TLS client needs, from the library .NET itself uses on Linux. Names and constants are
/// OpenSSL's (ssl.h, bio.h, x509_vfy.h).
/// </summary>
internal static unsafe partial class OpenSsl
{
    public const int ErrorWantRead = 2;
    public const int ErrorZeroReturn = 6;

    public const int CtrlMode = 33;
    public const int CtrlSetMinProtoVersion = 123;
    public const int ModeEnablePartialWrite = 0x1;
    public const int ModeAcceptMovingWriteBuffer = 0x2;
    public const int Tls12Version = 0x0303;

    public const int BioCtrlPending = 10;
    public const int BioSetMemEofReturn = 130;

    private const string Ssl = "libssl.so.3";
    private const string Crypto = "libcrypto.so.3";

    /// <summary>
    /// The first error of this thread's queue, packed as OpenSSL packs it (what <see cref="TlsAlert"/> reads), with the texts of
    /// all. Empties the queue.
    /// </summary>
    public static CryptographicException TakeErrors(string doing)
    {
        var texts = new List<string>();
        var first = 0;
        var buffer = stackalloc byte[256];
        for (var code = ERR_get_error(); code != 0; code = ERR_get_error())
        {
            first = first == 0 ? (int)code : first;
            ERR_error_string_n(code, buffer, 256);
            texts.Add(Marshal.PtrToStringUTF8((nint)buffer) ?? "");
        }

        return new CryptographicException($"{doing}: {(texts.Count > 0 ? string.Join("; ", texts) : "OpenSSL gives no reason")}") { HResult = first };
    }

    [LibraryImport(Ssl)]
    public static partial nint TLS_client_method();

    [LibraryImport(Ssl)]
    public static partial ContextHandle SSL_CTX_new(nint method);

    [LibraryImport(Ssl)]
    public static partial void SSL_CTX_free(nint context);

    [LibraryImport(Ssl)]
    public static partial nint SSL_CTX_ctrl(ContextHandle context, int command, nint number, nint pointer);

    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_set_alpn_protos(ContextHandle context, byte* protocols, uint length);

    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_use_certificate(ContextHandle context, nint certificate);

    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_use_PrivateKey(ContextHandle context, nint key);

    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_check_private_key(ContextHandle context);

    [LibraryImport(Ssl)]
    public static partial SessionHandle SSL_new(ContextHandle context);

    [LibraryImport(Ssl)]
    public static partial void SSL_free(nint session);

    [LibraryImport(Ssl)]
    public static partial void SSL_set_bio(SessionHandle session, nint read, nint write);

    [LibraryImport(Ssl)]
    public static partial void SSL_set_connect_state(SessionHandle session);

    [LibraryImport(Ssl)]
    public static partial int SSL_do_handshake(SessionHandle session);

    [LibraryImport(Ssl)]
    public static partial int SSL_read(SessionHandle session, byte* buffer, int length);

    [LibraryImport(Ssl)]
    public static partial int SSL_peek(SessionHandle session, byte* buffer, int length);

    [LibraryImport(Ssl)]
    public static partial int SSL_write(SessionHandle session, byte* buffer, int length);

    [LibraryImport(Ssl)]
    public static partial int SSL_get_error(SessionHandle session, int result);

    [LibraryImport(Ssl)]
    public static partial void SSL_get0_alpn_selected(SessionHandle session, byte** protocol, uint* length);

    [LibraryImport(Ssl)]
    public static partial nint SSL_get1_peer_certificate(SessionHandle session);

    [LibraryImport(Crypto)]
    public static partial nint BIO_s_mem();

    [LibraryImport(Crypto)]
    public static partial nint BIO_new(nint method);

    [LibraryImport(Crypto)]
    public static partial int BIO_read(nint bio, byte* buffer, int length);

    [LibraryImport(Crypto)]
    public static partial int BIO_write(nint bio, byte* buffer, int length);

    [LibraryImport(Crypto)]
    public static partial nint BIO_ctrl(nint bio, int command, nint number, nint pointer);

    [LibraryImport(Crypto)]
    public static partial nint d2i_X509(nint reused, byte** der, nint length);

    [LibraryImport(Crypto)]
    public static partial int i2d_X509(nint certificate, byte** der);

    [LibraryImport(Crypto)]
    public static partial void X509_free(nint certificate);

    [LibraryImport(Crypto)]
    public static partial nint d2i_AutoPrivateKey(nint reused, byte** der, nint length);

    [LibraryImport(Crypto)]
    public static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Crypto)]
    public static partial void ERR_clear_error();

    [LibraryImport(Crypto)]
    private static partial ulong ERR_get_error();

    [LibraryImport(Crypto)]
    private static partial void ERR_error_string_n(ulong code, byte* buffer, nuint length);

    /// <summary>An SSL_CTX.</summary>
    public sealed class ContextHandle() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            SSL_CTX_free(handle);
            return true;
        }
    }

    /// <summary>An SSL, with the two BIOs given to it.</summary>
    public sealed class SessionHandle() : SafeHandle(0, ownsHandle: true)
    {
        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            SSL_free(handle);
            return true;
        }
    }
}
