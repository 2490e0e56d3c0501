using System.Text;
using Kronform.Provision.Protocol;
using Kronform.Provision.Testing;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>A run that is looked at while it goes on, by a clock that the test moves.</summary>
internal sealed class LiveRun : IDisposable
{
    private readonly Tap _tap = new();
    private readonly ManualTime _time;
    private readonly Task<int> _code;

    private LiveRun(AgentWorld world, ManualTime time, Stream input, string command, CancellationToken stop)
    {
        _time = time;
        _code = Task.Run(() => new AgentApp(world).RunAsync([command], input, _tap, TextWriter.Null, watchInput: true, stop), CancellationToken.None);
    }

    public IReadOnlyList<AgentEvent> Events => _tap.Events;

    public IReadOnlyList<string> Warnings => [.. Events.OfType<AgentWarning>().Select(warning => warning.Message)];

    public void Dispose() => _tap.Dispose();

    public bool HasBegun(string step) => Events.OfType<AgentStep>().Any(begun => begun.Step == step);

    public static LiveRun Write(FakeHost host, ManualTime time, Stream input, CancellationToken stop) => new(host.World(time), time, input, "write", stop);

    /// <summary>From this step's event on nobody reads, until what is returned is set.</summary>
    public ManualResetEventSlim StopReadingAt(string step) => _tap.BlockAt($"\"step\":\"{step}\"");

    public async Task UntilAsync(Func<bool> state, Func<string> last, CancellationToken cancellation)
    {
        var deadline = Task.Delay(TimeSpan.FromSeconds(30), TimeProvider.System, cancellation);
        while (!state())
            if (await Task.WhenAny(deadline, Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellation)) == deadline)
                throw new TimeoutException($"It did not come to that: {last()}; {string.Join('\n', Events.TakeLast(5).Select(ProtocolJson.ToLine))}");
    }

    /// <summary>Moves the clock until the run has ended.</summary>
    public async Task<AgentRun> EndAsync(CancellationToken cancellation)
    {
        await UntilAsync(() =>
        {
            if (!_code.IsCompleted) _time.Advance(TimeSpan.FromSeconds(1));
            return _code.IsCompleted;
        }, () => "the run goes on", cancellation);
        return new AgentRun(await _code, Events, "");
    }

    /// <summary>Waits for the end without moving the clock.</summary>
    public async Task<AgentRun> EndByItselfAsync(CancellationToken cancellation)
    {
        await UntilAsync(() => _code.IsCompleted, () => "the run goes on", cancellation);
        return new AgentRun(await _code, Events, "");
    }

    /// <summary>Standard output, read as it comes.</summary>
    private sealed class Tap : Stream
    {
        private readonly List<AgentEvent> _events = [];
        private readonly ManualResetEventSlim _read = new(true);
        private string? _blockAt;

        public IReadOnlyList<AgentEvent> Events
        {
            get
            {
                lock (_events) return [.. _events];
            }
        }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public ManualResetEventSlim BlockAt(string text)
        {
            _read.Reset();
            _blockAt = text;
            return _read;
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            var line = Encoding.UTF8.GetString(buffer);
            lock (_events) _events.Add(ProtocolJson.FromLine(line.TrimEnd('\n')) ?? throw new InvalidOperationException(line));
            if (_blockAt is not null && line.Contains(_blockAt)) _read.Wait();
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
