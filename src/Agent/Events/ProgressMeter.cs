using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Events;

/// <summary>Counts the bytes of one step and reports them twice a second, and once more at its end.</summary>
internal sealed class ProgressMeter : IDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);

    private readonly EventStream _events;
    private readonly string _step;
    private readonly long? _total;
    private readonly ITimer _timer;
    private long _bytesIn;
    private long _bytesOut;

    public ProgressMeter(EventStream events, string step, long? total, TimeProvider time)
    {
        (_events, _step, _total) = (events, step, total);
        _timer = time.CreateTimer(_ => Report(), null, Pace, Pace);
    }

    public void Took(int bytes) => Interlocked.Add(ref _bytesIn, bytes);

    public void Put(long bytes) => Interlocked.Add(ref _bytesOut, bytes);

    public void Dispose()
    {
        _timer.Dispose();
        Report();
    }

    private void Report() => _events.Emit(new AgentProgress
    {
        Step = _step,
        BytesIn = Interlocked.Read(ref _bytesIn),
        BytesOut = Interlocked.Read(ref _bytesOut),
        TotalBytes = _total,
    });
}
