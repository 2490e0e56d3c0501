using System.Text;

namespace Kronform.Provision.Rescue;

/// <summary>
/// The agent's standard input behind the order: an answer that is only known once the agent has said something, then the image.
/// Until the answer is given, reading waits.
/// </summary>
internal sealed class AnsweredContent(Stream? content) : Stream
{
    private readonly TaskCompletionSource<ReadOnlyMemory<byte>> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ReadOnlyMemory<byte>? _rest;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public void Answer(string line) => _answer.TrySetResult(Encoding.UTF8.GetBytes(line + "\n"));

    /// <summary>There will be no answer: whoever reads gets the failure.</summary>
    /// <returns>False when it was answered before.</returns>
    public bool Refuse(Exception failure) => _answer.TrySetException(failure);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var rest = _rest ?? await _answer.Task.WaitAsync(cancellationToken);
        var part = Math.Min(rest.Length, buffer.Length);
        rest[..part].CopyTo(buffer);
        _rest = rest[part..];
        return part > 0 ? part : content is null ? 0 : await content.ReadAsync(buffer, cancellationToken);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
