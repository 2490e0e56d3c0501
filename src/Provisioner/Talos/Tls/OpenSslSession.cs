using System.Security.Cryptography.X509Certificates;

namespace Kronform.Provision.Talos.Tls;

internal enum TlsStep
{
    Done,

    /// <summary>More bytes of the peer are needed.</summary>
    WantsInput,

    /// <summary>The peer said that it will send no more.</summary>
    Closed,
}

/// <summary>
/// One TLS session between two buffers in memory: ciphertext in, ciphertext out. Does no input or output itself. Every call
/// takes the lock for its own length: an SSL is not thread-safe, HTTP/2 reads and writes at once, and OpenSSL's error queue
/// belongs to the thread that made the call.
/// </summary>
internal sealed unsafe class OpenSslSession : IDisposable
{
    private readonly Lock _gate = new();
    private readonly OpenSsl.SessionHandle _ssl;
    private readonly nint _incoming;
    private readonly nint _outgoing;
    private bool _disposed;

    public OpenSslSession(OpenSslClientContext context)
    {
        _ssl = OpenSsl.SSL_new(context.Handle);
        _incoming = OpenSsl.BIO_new(OpenSsl.BIO_s_mem());
        _outgoing = OpenSsl.BIO_new(OpenSsl.BIO_s_mem());
        // From here on the SSL owns both. An empty buffer means "later", not the end.
        OpenSsl.SSL_set_bio(_ssl, _incoming, _outgoing);
        OpenSsl.BIO_ctrl(_incoming, OpenSsl.BioSetMemEofReturn, -1, 0);
        OpenSsl.SSL_set_connect_state(_ssl);
    }

    /// <exception cref="IOException">The peer refused; its alert is in the inner exception.</exception>
    public TlsStep Handshake()
    {
        lock (_gate)
            return Call("The TLS handshake", OpenSsl.SSL_do_handshake, out _);
    }

    /// <summary>Decrypts; an empty buffer waits for data without taking any.</summary>
    public TlsStep Read(Span<byte> buffer, out int count)
    {
        lock (_gate)
        {
            fixed (byte* bytes = buffer)
            {
                var at = (nint)bytes;
                var length = buffer.Length;
                if (length > 0)
                    return Call("Reading from the TLS connection", ssl => OpenSsl.SSL_read(ssl, (byte*)at, length), out count);

                var step = Call("Reading from the TLS connection", Peek, out _);
                count = 0;
                return step;
            }
        }
    }

    /// <summary>Encrypts as much of the buffer as fits into one record.</summary>
    public int Write(ReadOnlySpan<byte> buffer)
    {
        lock (_gate)
        {
            fixed (byte* bytes = buffer)
            {
                var at = (nint)bytes;
                var length = buffer.Length;
                // Memory never fills up, and Go's TLS never renegotiates, so a write never has to wait for input.
                return Call("Writing to the TLS connection", ssl => OpenSsl.SSL_write(ssl, (byte*)at, length), out var written) == TlsStep.Done
                    ? written
                    : throw new IOException("The TLS connection cannot be written to.");
            }
        }
    }

    public void Feed(ReadOnlySpan<byte> ciphertext)
    {
        lock (_gate)
        {
            ThrowIfDisposed();
            fixed (byte* bytes = ciphertext)
            {
                if (OpenSsl.BIO_write(_incoming, bytes, ciphertext.Length) != ciphertext.Length)
                    throw new IOException("There is no memory for what the TLS connection received.");
            }
        }
    }

    public bool HasOutput
    {
        get
        {
            lock (_gate)
                return !_disposed && OpenSsl.BIO_ctrl(_outgoing, OpenSsl.BioCtrlPending, 0, 0) > 0;
        }
    }

    /// <summary>Ciphertext to send; null when there is none, or when the session is gone.</summary>
    public byte[]? TakeOutput()
    {
        lock (_gate)
        {
            var pending = _disposed ? 0 : (int)OpenSsl.BIO_ctrl(_outgoing, OpenSsl.BioCtrlPending, 0, 0);
            if (pending <= 0)
                return null;
            var output = new byte[pending];
            fixed (byte* bytes = output)
            {
                var got = OpenSsl.BIO_read(_outgoing, bytes, pending);
                return got == pending ? output : throw new IOException("The TLS connection lost what it was to send.");
            }
        }
    }

    /// <summary>Empty when the server chose none.</summary>
    public ReadOnlySpan<byte> NegotiatedProtocol()
    {
        lock (_gate)
        {
            ThrowIfDisposed();
            byte* protocol;
            uint length;
            OpenSsl.SSL_get0_alpn_selected(_ssl, &protocol, &length);
            return new ReadOnlySpan<byte>(protocol, (int)length).ToArray();
        }
    }

    public X509Certificate2? ServerCertificate()
    {
        lock (_gate)
        {
            ThrowIfDisposed();
            var certificate = OpenSsl.SSL_get1_peer_certificate(_ssl);
            if (certificate == 0)
                return null;
            try
            {
                var der = new byte[OpenSsl.i2d_X509(certificate, null)];
                fixed (byte* bytes = der)
                {
                    var at = bytes;
                    _ = OpenSsl.i2d_X509(certificate, &at);
                }

                return X509CertificateLoader.LoadCertificate(der);
            }
            finally
            {
                OpenSsl.X509_free(certificate);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _ssl.Dispose();
        }
    }

    private static int Peek(OpenSsl.SessionHandle ssl)
    {
        byte one;
        return OpenSsl.SSL_peek(ssl, &one, 1);
    }

    private TlsStep Call(string doing, Func<OpenSsl.SessionHandle, int> function, out int result)
    {
        ThrowIfDisposed();
        OpenSsl.ERR_clear_error();
        result = function(_ssl);
        if (result > 0)
            return TlsStep.Done;
        return OpenSsl.SSL_get_error(_ssl, result) switch
        {
            OpenSsl.ErrorWantRead => TlsStep.WantsInput,
            OpenSsl.ErrorZeroReturn => TlsStep.Closed,
            _ => throw new IOException(doing + " failed.", OpenSsl.TakeErrors(doing)),
        };
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);
}
