using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Events;

/// <summary>Counts the bytes of one step and reports them twice a second, and once more at its end.</summary>
internal sealed class ProgressMeter : IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);

    private readonly EventStream _events;
    private readonly string _step;
    private readonly long? _total;
    private readonly Func<long> _bytesIn;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly RateWindow _rate = new();
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private long _bytesOut;

    /// <param name="total">Of what is fetched in the step of writing, of what goes to or comes from the disk in the others.</param>
    /// <param name="bytesIn">Asked whenever a report is due.</param>
    public ProgressMeter(EventStream events, string step, long? total, Func<long> bytesIn, TimeProvider time)
    {
        (_events, _step, _total, _bytesIn, _time, _started) = (events, step, total, bytesIn, time, time.GetTimestamp());
        _timer = time.CreateTimer(_ => ReportUnlessBusy(), null, Pace, Pace);
    }

    public void Put(long bytes) => Interlocked.Add(ref _bytesOut, bytes);

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate) Report();
    }

    /// <summary>While nobody reads the events one report waits, not one more thread at every turn.</summary>
    private void ReportUnlessBusy()
    {
        if (!_gate.TryEnter()) return;
        try
        {
            Report();
        }
        finally
        {
            _gate.Exit();
        }
    }

    private void Report()
    {
        var (bytesIn, bytesOut) = (_bytesIn(), Interlocked.Read(ref _bytesOut));
        var done = _step == AgentSteps.Write ? bytesIn : bytesOut;
        var (rate, eta) = _rate.Add(_time.GetElapsedTime(_started), bytesOut, done, _total);
        _events.Emit(new AgentProgress { Step = _step, BytesIn = bytesIn, BytesOut = bytesOut, TotalBytes = _total, BytesPerSecond = rate, EtaSeconds = eta });
    }
}
