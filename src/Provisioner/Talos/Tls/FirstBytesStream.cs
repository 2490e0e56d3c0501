using System.Text;

namespace Kronform.Provision.Talos.Tls;

/// <summary>Hands on a network stream and keeps the first bytes that came in, which say what speaks there when TLS cannot.</summary>
internal sealed class FirstBytesStream(Stream inner) : Stream
{
    private const int Kept = 80;
    private const byte TlsAlert = 0x15;
    private const byte TlsHandshake = 0x16;

    private readonly byte[] _first = new byte[Kept];
    private int _count;

    public ReadOnlySpan<byte> Received => _first.AsSpan(0, _count);

    public bool LooksLikeTls => _count > 0 && _first[0] is TlsAlert or TlsHandshake;

    /// <summary>For instance `SSH-2.0-OpenSSH_9.2p1`.</summary>
    public string FirstLine
    {
        get
        {
            var line = Encoding.ASCII.GetString(Received).Split('\r', '\n')[0];
            return new string([.. line.Select(c => char.IsControl(c) ? '?' : c)]);
        }
    }

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
        var got = await inner.ReadAsync(buffer, cancellationToken);
        var kept = Math.Min(got, Kept - _count);
        buffer.Span[..kept].CopyTo(_first.AsSpan(_count));
        _count += kept;
        return got;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        inner.WriteAsync(buffer, offset, count, cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only asynchronous reads.");

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
