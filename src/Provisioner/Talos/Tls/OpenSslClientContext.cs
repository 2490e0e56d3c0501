using System.Security.Cryptography;

namespace Kronform.Provision.Talos.Tls;

/// <summary>
/// A client certificate with a private key that .NET cannot load, which is what every talosconfig holds (Ed25519), ready for
/// <see cref="OpenSslClientStream"/>. Can be shared between connections.
/// </summary>
/// <remarks>
/// OpenSSL does not judge the server here (SSL_VERIFY_NONE is a client's default): whoever opens the stream judges
/// <see cref="OpenSslClientStream.ServerCertificate"/>, by the same rules as on every other connection, before anything is sent.
/// </remarks>
internal sealed unsafe class OpenSslClientContext : IDisposable
{
    /// <param name="certificate">DER.</param>
    /// <param name="key">PKCS#8 or another DER form OpenSSL knows.</param>
    /// <exception cref="CryptographicException">One of them is unreadable, or they do not belong together. Never quotes the key.</exception>
    public OpenSslClientContext(ReadOnlySpan<byte> certificate, ReadOnlySpan<byte> key)
    {
        OpenSsl.ERR_clear_error();
        Handle = OpenSsl.SSL_CTX_new(OpenSsl.TLS_client_method());
        if (Handle.IsInvalid)
            throw OpenSsl.TakeErrors("Preparing a TLS client");
        try
        {
            OpenSsl.SSL_CTX_ctrl(Handle, OpenSsl.CtrlSetMinProtoVersion, OpenSsl.Tls12Version, 0);
            // HTTP/2 hands over another buffer when it repeats a write that did not fit.
            OpenSsl.SSL_CTX_ctrl(Handle, OpenSsl.CtrlMode, OpenSsl.ModeEnablePartialWrite | OpenSsl.ModeAcceptMovingWriteBuffer, 0);
            OfferHttp2();
            UseCertificate(certificate);
            UseKey(key);
            if (OpenSsl.SSL_CTX_check_private_key(Handle) != 1)
                throw OpenSsl.TakeErrors("The client certificate and its private key do not belong together");
        }
        catch
        {
            Handle.Dispose();
            throw;
        }
    }

    internal OpenSsl.ContextHandle Handle { get; }

    public void Dispose() => Handle.Dispose();

    private void OfferHttp2()
    {
        fixed (byte* protocols = "\x02h2"u8)
        {
            if (OpenSsl.SSL_CTX_set_alpn_protos(Handle, protocols, 3) != 0)
                throw OpenSsl.TakeErrors("Offering HTTP/2");
        }
    }

    private void UseCertificate(ReadOnlySpan<byte> der)
    {
        fixed (byte* bytes = der)
        {
            var at = bytes;
            var certificate = OpenSsl.d2i_X509(0, &at, der.Length);
            if (certificate == 0)
                throw OpenSsl.TakeErrors("Reading the client certificate");
            var used = OpenSsl.SSL_CTX_use_certificate(Handle, certificate);
            OpenSsl.X509_free(certificate);
            if (used != 1)
                throw OpenSsl.TakeErrors("Using the client certificate");
        }
    }

    private void UseKey(ReadOnlySpan<byte> der)
    {
        fixed (byte* bytes = der)
        {
            var at = bytes;
            var key = OpenSsl.d2i_AutoPrivateKey(0, &at, der.Length);
            if (key == 0)
                throw OpenSsl.TakeErrors("Reading the client's private key");
            var used = OpenSsl.SSL_CTX_use_PrivateKey(Handle, key);
            OpenSsl.EVP_PKEY_free(key);
            if (used != 1)
                throw OpenSsl.TakeErrors("The client certificate and its private key do not belong together");
        }
    }
}
