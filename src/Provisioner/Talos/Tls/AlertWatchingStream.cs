namespace Kronform.Provision.Talos.Tls;

/// <summary>
/// Hands on a TLS stream and reports the first exception it throws. Under TLS 1.3 the peer judges our certificate only after our
/// side of the handshake is done, so its alert appears on the first read, where HttpClient replaces it by a text of its own.
/// A peer that hangs up there without an alert is reported with null.
/// </summary>
internal sealed class AlertWatchingStream(Stream inner, Action<Exception?> onBroken) : Stream
{
    /// <summary>How long a failed write waits for the alert that caused it: it has arrived already, or never will.</summary>
    private static readonly TimeSpan AlertPatience = TimeSpan.FromMilliseconds(250);

    private readonly TaskCompletionSource _readEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _reported;
    private int _reading;
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
        Interlocked.Increment(ref _reading);
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
            _readEnded.TrySetResult();
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _reading);
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
            // A peer that refuses us sends its alert and closes. A write that meets the closed end fails before anybody has read
            // the alert, and its own text says nothing.
            await ReadAlertAsync();
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

    private async Task ReadAlertAsync()
    {
        try
        {
            if (Volatile.Read(ref _reading) > 0)
            {
                await _readEnded.Task.WaitAsync(AlertPatience, TimeProvider.System);
                return;
            }

            using var limit = new CancellationTokenSource(AlertPatience, TimeProvider.System);
            // What is read does not matter; that reading fails, and how, does.
            _ = await inner.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false, limit.Token);
        }
        catch (IOException e)
        {
            Report(e);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException or ObjectDisposedException or InvalidOperationException or NotSupportedException)
        {
            // No alert: the write's own failure is all there is to tell.
        }
    }

    private void Report(Exception? exception)
    {
        if (Interlocked.Exchange(ref _reported, 1) == 0)
            onBroken(exception);
    }
}
