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
    private readonly ITimer _timer;
    private long _bytesOut;

    /// <param name="bytesIn">Asked whenever a report is due.</param>
    public ProgressMeter(EventStream events, string step, long? total, Func<long> bytesIn, TimeProvider time)
    {
        (_events, _step, _total, _bytesIn) = (events, step, total, bytesIn);
        _timer = time.CreateTimer(_ => Report(), null, Pace, Pace);
    }

    public void Put(long bytes) => Interlocked.Add(ref _bytesOut, bytes);

    public void Dispose()
    {
        _timer.Dispose();
        Report();
    }

    private void Report() => _events.Emit(new AgentProgress
    {
        Step = _step,
        BytesIn = _bytesIn(),
        BytesOut = Interlocked.Read(ref _bytesOut),
        TotalBytes = _total,
    });
}
