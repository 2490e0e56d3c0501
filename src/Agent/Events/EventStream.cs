using System.Text;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Events;

/// <summary>
/// Numbers events and writes each as one line, at once. The terminal event is the last; whatever a late thread still
/// wants to say after it is dropped.
/// </summary>
/// <param name="lost">Called when nobody reads any more.</param>
/// <param name="mostBytes">
/// After so many bytes of progress and warnings they are left out, and take no number: a log in memory ends somewhere. Other events
/// do not count, for their own bounds are elsewhere, and a run that fell silent over them would be taken for one that hangs.
/// </param>
internal sealed class EventStream(Stream output, TimeProvider time, Action lost, long mostBytes = long.MaxValue)
{
    private readonly Lock _gate = new();
    private readonly long _started = time.GetTimestamp();
    private readonly List<RateHistogram> _rates = [];
    private long _writingSince;
    private long _stepMs;
    private long _boundedBytes;
    private int _index;
    private bool _closed;

    /// <summary>How long an event has been waiting to be read; null when none does.</summary>
    public TimeSpan? Unread => Interlocked.Read(ref _writingSince) is var since and not 0 ? time.GetElapsedTime(since) : null;

    /// <summary>The speed of every step that reported progress.</summary>
    public IReadOnlyList<StepRates> Rates
    {
        get
        {
            lock (_rates) return [.. _rates.Select(step => step.Snapshot())];
        }
    }

    private long ElapsedMs => (long)time.GetElapsedTime(_started).TotalMilliseconds;

    public void Emit(AgentEvent agentEvent)
    {
        lock (_gate)
        {
            if (_closed) return;
            var bounded = agentEvent is AgentProgress or AgentWarning;
            if (bounded && _boundedBytes > mostBytes)
            {
                Record(agentEvent with { ElapsedMs = ElapsedMs });
                return;
            }

            var numbered = agentEvent with { Index = ++_index, ElapsedMs = ElapsedMs };
            _closed = numbered.IsTerminal;
            Record(numbered);
            try
            {
                Interlocked.Exchange(ref _writingSince, Math.Max(1, time.GetTimestamp()));
                var line = Encoding.UTF8.GetBytes(ProtocolJson.ToLine(numbered) + "\n");
                output.Write(line);
                if (bounded) _boundedBytes += line.Length;
                output.Flush();
            }
            catch (IOException)
            {
                _closed = true;
                lost();
            }
            finally
            {
                Interlocked.Exchange(ref _writingSince, 0);
            }
        }
    }

    public void Step(string step, string description) => Emit(new AgentStep { Step = step, Description = description });

    public void Warn(string message) => Emit(new AgentWarning { Message = message });

    /// <summary>The speed over time follows from the progress that is told anyway.</summary>
    private void Record(AgentEvent agentEvent)
    {
        if (agentEvent is AgentStep) _stepMs = agentEvent.ElapsedMs;
        if (agentEvent is not AgentProgress progress) return;
        lock (_rates)
        {
            if (_rates.Count == 0 || _rates[^1].Step != progress.Step) _rates.Add(new RateHistogram(progress.Step, _stepMs));
            _rates[^1].Add(agentEvent.ElapsedMs, progress.BytesOut);
        }
    }
}
