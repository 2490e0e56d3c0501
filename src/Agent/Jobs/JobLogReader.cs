using System.Text;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Jobs;

/// <summary>Reads a job's log line by line while it is written. A line without its end is not one yet.</summary>
internal sealed class JobLogReader(string path) : IDisposable
{
    private FileStream? _file;
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    /// <summary>Lines handed out so far, which is the number of the last one.</summary>
    public int Lines { get; private set; }

    /// <summary>Bytes of all lines handed out so far, their ends included.</summary>
    public long Bytes { get; private set; }

    /// <summary>The next line with its end, good until the next call; empty while there is none.</summary>
    public ReadOnlyMemory<byte> Next()
    {
        while (true)
        {
            var length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n') + 1;
            if (length > 0)
            {
                var line = _buffer.AsMemory(_start, length);
                _start += length;
                Bytes += length;
                Lines++;
                return line;
            }

            if (Fill()) continue;
            // Half a line is read anew next time: the process that is writing it may die, and then it is taken out again.
            (_start, _end) = (0, 0);
            if (_file is not null) _file.Position = Bytes;
            return default;
        }
    }

    public static AgentEvent? Parse(ReadOnlyMemory<byte> line) => ProtocolJson.FromLine(Encoding.UTF8.GetString(line.Span).TrimEnd('\n'));

    /// <summary>The last event of what was written up to now.</summary>
    public static (JobLogReader At, AgentEvent? Last) ReadAll(string path, Action<AgentEvent>? each = null)
    {
        var reader = new JobLogReader(path);
        AgentEvent? last = null;
        while (reader.Next() is { IsEmpty: false } line)
        {
            if (Parse(line) is not { } read) continue;
            each?.Invoke(read);
            last = read;
        }

        return (reader, last);
    }

    public void Dispose() => _file?.Dispose();

    private bool Fill()
    {
        if (_file is null && !File.Exists(path)) return false;
        _file ??= new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length) Array.Resize(ref _buffer, 2 * _buffer.Length);
        var got = _file.Read(_buffer, _end, _buffer.Length - _end);
        _end += got;
        return got > 0;
    }
}
