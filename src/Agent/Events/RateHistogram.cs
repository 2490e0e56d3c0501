using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Events;

/// <summary>One step's bytes per second, kept in bounded memory: once full, neighbours are joined and each value covers twice the time.</summary>
internal sealed class RateHistogram
{
    public const int MostValues = 240;

    private readonly long _startMs;
    private readonly List<long> _bytes = [];
    private long _seen;
    private long _lastMs;
    private int _seconds = 1;

    /// <param name="startMs">When the step began, by the clock of <see cref="Add"/>.</param>
    public RateHistogram(string step, long startMs) => (Step, _startMs, _lastMs) = (step, startMs, startMs);

    public string Step { get; }

    /// <summary>Bytes so far, and when that was asked. What came since the last call is spread over the time since then.</summary>
    public void Add(long nowMs, long bytes)
    {
        var (fromMs, toMs, left) = (_lastMs, Math.Max(nowMs, _lastMs), Math.Max(0, bytes - _seen));
        (_lastMs, _seen) = (toMs, Math.Max(bytes, _seen));
        do
        {
            var slot = SlotOf(fromMs);
            var slotEndMs = _startMs + (slot + 1) * _seconds * 1000L;
            var partEnd = Math.Min(toMs, slotEndMs);
            var part = toMs > fromMs ? (long)(left * ((double)(partEnd - fromMs) / (toMs - fromMs))) : left;
            // The last part takes the rounding: nothing may get lost on the way.
            if (partEnd == toMs) part = left;
            _bytes[slot] += part;
            left -= part;
            fromMs = partEnd;
        }
        while (fromMs < toMs);
    }

    public StepRates Snapshot()
    {
        var rates = _bytes.Select(bytes => bytes / _seconds).ToArray();
        if (rates.Length == 0) return new StepRates(Step, _seconds, rates);
        // The last value has not had all its time.
        var tailMs = _lastMs - _startMs - (rates.Length - 1) * _seconds * 1000L;
        if (tailMs > 0 && tailMs < _seconds * 1000L) rates[^1] = _bytes[^1] * 1000 / Math.Max(tailMs, 1);
        return new StepRates(Step, _seconds, rates);
    }

    private int SlotOf(long ms)
    {
        while ((ms - _startMs) / (_seconds * 1000L) >= MostValues) Halve();
        var slot = (int)((ms - _startMs) / (_seconds * 1000L));
        while (_bytes.Count <= slot) _bytes.Add(0);
        return slot;
    }

    private void Halve()
    {
        for (var index = 0; index < _bytes.Count; index += 2)
            _bytes[index / 2] = _bytes[index] + (index + 1 < _bytes.Count ? _bytes[index + 1] : 0);
        _bytes.RemoveRange((_bytes.Count + 1) / 2, _bytes.Count / 2);
        _seconds *= 2;
    }
}
