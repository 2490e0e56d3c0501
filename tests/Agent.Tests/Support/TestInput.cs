namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>Standard input as sshd gives it: pieces, then silence until the other end hangs up.</summary>
internal sealed class TestInput(params byte[][] pieces) : Stream
{
    private readonly TaskCompletionSource _hungUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _endSeen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _piece;
    private int _at;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Done when the reader has been told of the end.</summary>
    public Task EndSeen => _endSeen.Task;

    /// <summary>Everything was taken, and the reader waits for more.</summary>
    public bool IsDry { get; private set; }

    public TestInput HangUp()
    {
        _hungUp.TrySetResult();
        return this;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_piece < pieces.Length && _at == pieces[_piece].Length) (_piece, _at) = (_piece + 1, 0);
        if (_piece == pieces.Length)
        {
            IsDry = true;
            await _hungUp.Task;
            _endSeen.TrySetResult();
            return 0;
        }
        var part = Math.Min(buffer.Length, pieces[_piece].Length - _at);
        pieces[_piece].AsMemory(_at, part).CopyTo(buffer);
        _at += part;
        return part;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
