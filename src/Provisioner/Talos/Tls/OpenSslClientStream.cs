using System.Security.Cryptography.X509Certificates;

namespace Kronform.Provision.Talos.Tls;

/// <summary>
/// A TLS client over any stream, for the one thing SslStream cannot do: show a certificate whose key is Ed25519. One reader and
/// one writer may be at work at the same time. A peer that refuses us shows itself as an IOException that
/// <see cref="TlsAlert"/> understands, in the handshake or, under TLS 1.3, at the first read.
/// </summary>
internal sealed class OpenSslClientStream : Stream
{
    private const int CiphertextBuffer = 32 * 1024;

    private readonly Stream _inner;
    private readonly OpenSslSession _session;
    // Orders ciphertext: a record of the reader's (a key update, an alert) must not end up inside one of the writer's.
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly byte[] _received = new byte[CiphertextBuffer];
    private Exception? _broken;
    private int _disposed;

    /// <param name="inner">Disposed with this stream.</param>
    public OpenSslClientStream(Stream inner, OpenSslClientContext context)
    {
        _inner = inner;
        _session = new OpenSslSession(context);
    }

    /// <summary>Set by the handshake; not judged here.</summary>
    public X509Certificate2? ServerCertificate { get; private set; }

    /// <summary>Whether the server agreed to HTTP/2, which grpc-go demands of its clients and Talos always does.</summary>
    public bool SpeaksHttp2 { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="IOException">The handshake failed, or the peer hung up in it.</exception>
    public async Task AuthenticateAsync(CancellationToken cancellation)
    {
        while (true)
        {
            TlsStep step;
            try
            {
                step = _session.Handshake();
            }
            catch (IOException)
            {
                // The peer is told why, as far as it still listens.
                await SendPendingAsync(cancellation);
                throw;
            }

            await SendPendingAsync(cancellation);
            if (step == TlsStep.Done)
                break;
            if (step == TlsStep.Closed || !await ReceiveAsync(cancellation))
                throw new IOException("The peer hung up during the TLS handshake.");
        }

        SpeaksHttp2 = _session.NegotiatedProtocol().SequenceEqual("h2"u8);
        ServerCertificate = _session.ServerCertificate();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var step = _session.Read(buffer.Span, out var count);
            await SendPendingAsync(cancellationToken);
            if (step == TlsStep.Done)
                return count;
            // Hanging up without a close_notify is what many servers do; HTTP/2 has its own ends, so it hides nothing.
            if (step == TlsStep.Closed || !await ReceiveAsync(cancellationToken))
                return 0;
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            while (buffer.Length > 0)
            {
                if (_broken is { } broken)
                    throw new IOException("The TLS connection broke earlier.", broken);
                buffer = buffer[_session.Write(buffer.Span)..];
                await SendAsync(cancellationToken);
            }
        }
        finally
        {
            _sending.Release();
        }

        await SendPendingAsync(cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only asynchronous reads.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only asynchronous writes.");

    public override void Flush() => _inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            EndSession();
            await _inner.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            EndSession();
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>
    /// The semaphore is neither taken nor disposed: a writer that waits for it must come through and find the session gone, not
    /// wait for ever.
    /// </summary>
    private void EndSession()
    {
        _session.Dispose();
        ServerCertificate?.Dispose();
    }

    /// <summary>
    /// Sends what the session wants to say by itself. Never waits for a writer, who may be waiting for the peer to read while the
    /// peer waits for us to: a writer looks here again when it is done.
    /// </summary>
    private async ValueTask SendPendingAsync(CancellationToken cancellation)
    {
        while (_session.HasOutput && _sending.Wait(0, CancellationToken.None))
        {
            try
            {
                await SendAsync(cancellation);
            }
            finally
            {
                _sending.Release();
            }
        }
    }

    /// <summary>Only while holding the semaphore.</summary>
    private async ValueTask SendAsync(CancellationToken cancellation)
    {
        if (_session.TakeOutput() is not { } output)
            return;
        try
        {
            await _inner.WriteAsync(output, cancellation);
        }
        catch (Exception e)
        {
            // Half a record may be out; nothing can follow it.
            _broken = e;
            throw;
        }
    }

    private async ValueTask<bool> ReceiveAsync(CancellationToken cancellation)
    {
        var got = await _inner.ReadAsync(_received, cancellation);
        if (got > 0)
            _session.Feed(_received.AsSpan(0, got));
        return got > 0;
    }
}
