using System.Text;
using Kronform.Provision.Agent.Jobs;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>A machine whose agent is called again and again, as connections come and go.</summary>
internal sealed class JobBench : IAsyncDisposable
{
    private readonly List<Listener> _listeners = [];

    public WriteRig Rig { get; } = new();

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Lets nothing be written to or read from the disk once a step of job <c>one</c> has begun, until what is returned is set.</summary>
    public ManualResetEventSlim HoldIn(string step)
    {
        var go = new ManualResetEventSlim();
        void Hold()
        {
            if (Log("one").Any(said => said is AgentStep begun && begun.Step == step)) go.Wait(TimeSpan.FromSeconds(60));
        }

        Rig.Host.Trouble.BeforeWrite = _ => Hold();
        Rig.Host.Trouble.BeforeRead = Hold;
        return go;
    }

    /// <summary>One call of the agent, as over a connection of its own.</summary>
    public Listener Call(Stream input, params string[] arguments)
    {
        var listener = new Listener(new AgentApp(Rig.Host.World(Time)), input, arguments);
        _listeners.Add(listener);
        return listener;
    }

    public Listener Attach(string id, int after = 0) => Call(new TestInput(), "attach", id, $"{after}");

    public async Task<IReadOnlyList<AgentJob>> JobsAsync() => ((JobsListed)await Call(new TestInput(), "jobs").EndAsync()).Jobs;

    public JobFolder Folder(string id) => JobFolder.Of(Rig.Host.Roots, id);

    /// <summary>The job's log as it is, without anybody's help.</summary>
    public IReadOnlyList<AgentEvent> Log(string id)
    {
        var events = new List<AgentEvent>();
        JobLogReader.ReadAll(Folder(id).Events, events.Add).At.Dispose();
        return events;
    }

    /// <summary>What a job leaves whose process was killed.</summary>
    public void PutDead(string id, string log)
    {
        Folder(id).Create();
        File.WriteAllText(Folder(id).Events, log);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var listener in _listeners) await listener.DisposeAsync();
        Rig.Dispose();
    }

    /// <summary>What one call of the agent has said so far.</summary>
    internal sealed class Listener : IAsyncDisposable
    {
        private readonly CancellationTokenSource _cut = new();
        private readonly Said _said = new();
        private readonly Task<int> _code;

        public Listener(AgentApp app, Stream input, string[] arguments)
        {
            _code = Task.Run(() => app.RunAsync(arguments, input, _said, TextWriter.Null, watchInput: true, _cut.Token), CancellationToken.None);
        }

        public IReadOnlyList<AgentEvent> Events
        {
            get
            {
                var text = Encoding.UTF8.GetString(_said.Copy());
                return [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => ProtocolJson.FromLine(line)!)];
            }
        }

        public IEnumerable<int> Numbers => Events.Select(said => said.Index);

        public async Task UntilAsync(Func<IReadOnlyList<AgentEvent>, bool> holds)
        {
            var since = TimeProvider.System.GetTimestamp();
            while (!holds(Events))
            {
                if (TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromSeconds(60)) throw new TimeoutException($"It did not come to that: {string.Join('\n', Events.TakeLast(5).Select(ProtocolJson.ToLine))}");
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
            }
        }

        public Task UntilStepAsync(string step) => UntilAsync(events => events.Any(said => said is AgentStep begun && begun.Step == step));

        /// <summary>Waits for the last word, which must be the only one.</summary>
        public async Task<AgentEvent> EndAsync()
        {
            var code = await _code.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, TestContext.Current.CancellationToken);
            var terminal = Assert.Single(Events, said => said.IsTerminal);
            Assert.Same(terminal.GetType(), Events[^1].GetType());
            Assert.Equal(terminal is AgentFailed ? 1 : 0, code);
            return terminal;
        }

        /// <summary>The connection ends; so does the process that it ran.</summary>
        public async Task CutAsync()
        {
            await _cut.CancelAsync();
            await _code;
        }

        public async ValueTask DisposeAsync()
        {
            await CutAsync();
            _cut.Dispose();
            await _said.DisposeAsync();
        }
    }

    private sealed class Said : MemoryStream
    {
        private readonly Lock _gate = new();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            lock (_gate) base.Write(buffer);
        }

        public byte[] Copy()
        {
            lock (_gate) return ToArray();
        }
    }
}
