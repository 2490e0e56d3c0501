using System.Security.Cryptography;

namespace Kronform.Provision.Contract.Tests.Ssh;

/// <summary>A source of incompressible bytes of any length, which knows the hash of what it gave and can stall or fail on the way.</summary>
internal sealed class PatternStream(long length, bool seekable) : Stream
{
    private static readonly byte[] s_noise = RandomNumberGenerator.GetBytes(1 << 20);
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _position;

    /// <summary>After that many bytes the source throws this.</summary>
    public (long At, Exception Exception)? Fails { get; init; }

    /// <summary>After that many bytes nothing comes any more, until the read is cancelled.</summary>
    public long StallsAt { get; init; } = long.MaxValue;

    public string Sha256 => Convert.ToHexStringLower(_hash.GetCurrentHash());

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position >= StallsAt)
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        if (Fails is { } fails && _position >= fails.At)
            throw fails.Exception;

        // Odd sizes on purpose, and now and then not at once.
        var from = (int)(_position % s_noise.Length);
        var count = (int)Math.Min(Math.Min(buffer.Length, length - _position), Math.Min(s_noise.Length - from, 50_001));
        if (!seekable && _position % 7 == 0)
            await Task.Yield();
        s_noise.AsMemory(from, count).CopyTo(buffer);
        _hash.AppendData(s_noise.AsSpan(from, count));
        _position += count;
        return count;
    }

    public override bool CanRead => true;

    public override bool CanSeek => seekable;

    public override bool CanWrite => false;

    public override long Length => seekable ? length : throw new NotSupportedException();

    public override long Position
    {
        get => seekable ? _position : throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
