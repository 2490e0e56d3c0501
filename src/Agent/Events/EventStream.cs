using System.Text;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Events;

/// <summary>
/// Numbers events and writes each as one line, at once. The terminal event is the last; whatever a late thread still
/// wants to say after it is dropped.
/// </summary>
/// <param name="lost">Called when nobody reads any more.</param>
internal sealed class EventStream(Stream output, TimeProvider time, Action lost)
{
    private readonly Lock _gate = new();
    private readonly long _started = time.GetTimestamp();
    private int _index;
    private bool _closed;

    public void Emit(AgentEvent agentEvent)
    {
        lock (_gate)
        {
            if (_closed) return;
            var numbered = agentEvent with { Index = ++_index, ElapsedMs = (long)time.GetElapsedTime(_started).TotalMilliseconds };
            _closed = numbered.IsTerminal;
            try
            {
                output.Write(Encoding.UTF8.GetBytes(ProtocolJson.ToLine(numbered) + "\n"));
                output.Flush();
            }
            catch (IOException)
            {
                _closed = true;
                lost();
            }
        }
    }

    public void Step(string step, string description) => Emit(new AgentStep { Step = step, Description = description });

    public void Warn(string message) => Emit(new AgentWarning { Message = message });
}
