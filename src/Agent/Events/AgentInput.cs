using System.Text;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Events;

/// <summary>
/// Standard input: one line with the order, then perhaps an image, then nothing until the Provisioner is gone. A blocked read
/// of a pipe cannot be called back, so a cancelled reader leaves it behind; the process ends soon after.
/// </summary>
internal sealed class AgentInput(Stream input)
{
    /// <summary>Neutralise orders carry sectors as base64, before and after; sectors may have 4096 bytes.</summary>
    private const int LongestOrder = 1 << 20;

    private readonly byte[] _buffer = new byte[LongestOrder];
    private int _start;
    private int _end;

    /// <summary>The next line. Bytes after it stay for <see cref="ReadAsync"/>.</summary>
    public async Task<string> ReadLineAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var newline = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                var line = Encoding.UTF8.GetString(_buffer, _start, newline);
                _start += newline + 1;
                return line;
            }
            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                (_start, _end) = (0, _end - _start);
            }
            if (_end == _buffer.Length)
                throw new AgentFailure(AgentFailureCodes.BadOrder, $"Reading the order: no line end within {LongestOrder} bytes");
            var got = await input.ReadAsync(_buffer.AsMemory(_end), cancellation).AsTask().WaitAsync(cancellation);
            if (got == 0)
                throw new AgentFailure(AgentFailureCodes.BadOrder, "Reading the order: standard input ended before the line did");
            _end += got;
        }
    }

    public async ValueTask<int> ReadAsync(Memory<byte> into, CancellationToken cancellation)
    {
        if (_start < _end)
        {
            var part = Math.Min(into.Length, _end - _start);
            _buffer.AsMemory(_start, part).CopyTo(into);
            _start += part;
            return part;
        }
        return await input.ReadAsync(into, cancellation).AsTask().WaitAsync(cancellation);
    }

    /// <summary>Reads on, ignoring what comes, and calls <paramref name="gone"/> at the end of the stream.</summary>
    public async Task WatchAsync(Action gone, CancellationToken cancellation)
    {
        var scrap = new byte[4096];
        try
        {
            while (await ReadAsync(scrap, cancellation) > 0)
            {
            }
            gone();
        }
        catch (OperationCanceledException)
        {
        }
        catch (IOException)
        {
            gone();
        }
    }
}
