namespace Kronform.Provision.Talos;

/// <summary>
/// Hands on a TLS stream and reports the first exception it throws. Under TLS 1.3 the peer judges our certificate only after our
/// side of the handshake is done, so its alert appears on the first read, where HttpClient replaces it by a text of its own.
/// A peer that hangs up there without an alert is reported with null.
/// </summary>
internal sealed class AlertWatchingStream(Stream inner, Action<Exception?> onBroken) : Stream
{
    private int _reported;
    private bool _received;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var got = await inner.ReadAsync(buffer, cancellationToken);
            // HttpClient waits for data with reads into nothing; those say nothing.
            if (got == 0 && !_received && buffer.Length > 0)
                Report(null);
            _received |= got > 0;
            return got;
        }
        catch (IOException e)
        {
            Report(e);
            throw;
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await inner.WriteAsync(buffer, cancellationToken);
        }
        catch (IOException e)
        {
            Report(e);
            throw;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private void Report(Exception? exception)
    {
        if (Interlocked.Exchange(ref _reported, 1) == 0)
            onBroken(exception);
    }
}
