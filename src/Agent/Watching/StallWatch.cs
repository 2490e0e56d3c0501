using Kronform.Provision.Agent.Events;
using Kronform.Provision.Agent.Inventory;
using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Watching;

/// <summary>
/// Looks once a second why a run does not move: says so once per stall, with the evidence, and ends what has lasted too long.
/// <para>A request that the kernel neither answers nor gives up cannot be called back, and neither can the thread in it. So a
/// run that is over but hangs in one is left behind (<see cref="Hopeless"/>); the process ends without it.</para>
/// </summary>
internal sealed class StallWatch : IDisposable
{
    /// <summary>The Provisioner's own end of the line is silent: it has what it sends on its disk.</summary>
    public static readonly TimeSpan SourceLimit = TimeSpan.FromSeconds(60);

    /// <summary>Longer than the kernel takes for its own resets and repetitions (30 s a request by default), which end in an error.</summary>
    public static readonly TimeSpan DeviceLimit = TimeSpan.FromSeconds(120);

    /// <summary>How long a run that is over waits for a request that was still under way.</summary>
    public static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenWords = TimeSpan.FromSeconds(60);
    private static readonly int WindowTicks = (int)StallDiagnosis.Noticed.TotalSeconds;
    private const int MostLines = 5;

    private readonly Vitals _vitals;
    private readonly EventStream _events;
    private readonly AgentWorld _world;
    private readonly Action _giveUp;
    private readonly CancellationToken _over;
    private readonly Dictionary<StallKind, long> _toldAt = [];
    private readonly Queue<long> _moved = new();
    private readonly Queue<string> _kernelLines = new();
    private readonly TaskCompletionSource _hopeless = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private Stall _told = Stall.None;
    private bool _failed;

    /// <param name="giveUp">Called when a stall has lasted too long; ends the run.</param>
    /// <param name="over">Cancelled when the run is to end, for whatever reason.</param>
    public StallWatch(Vitals vitals, EventStream events, AgentWorld world, Action giveUp, CancellationToken over)
    {
        (_vitals, _events, _world, _giveUp, _over) = (vitals, events, world, giveUp, over);
        _timer = world.Time.CreateTimer(_ => LookUnlessBusy(), null, Pace, Pace);
    }

    /// <summary>Why this watch ended the run; null when it did not.</summary>
    public AgentFailure? Verdict { get; private set; }

    /// <summary>Done when the run was told to end and cannot.</summary>
    public Task Hopeless => _hopeless.Task;

    /// <summary>What the run hangs in, for the last words.</summary>
    public string Evidence => StallDiagnosis.Of(Signs()).Evidence;

    public void Dispose() => _timer.Dispose();

    private void LookUnlessBusy()
    {
        if (!_gate.TryEnter()) return;
        try
        {
            Look();
        }
        catch (Exception failure)
        {
            // Whoever only watches must not be what ends a run: an exception in a timer would end the process.
            if (!_failed) _events.Warn($"The watch over stalls failed ({failure.GetType().Name}); the run goes on");
            _failed = true;
        }
        finally
        {
            _gate.Exit();
        }
    }

    private void Look()
    {
        _moved.Enqueue(_vitals.BytesMoved);
        if (_moved.Count > WindowTicks + 1) _moved.Dequeue();
        foreach (var line in _world.KernelLog.ReadNew())
        {
            _kernelLines.Enqueue(line);
            if (_kernelLines.Count > 1000) _kernelLines.Dequeue();
        }

        var signs = Signs();
        var stall = StallDiagnosis.Of(signs);
        Judge(stall, signs);
        // A run that is ending moves because it was told to, and its last words tell the rest.
        if (!_over.IsCancellationRequested && Verdict is null) Tell(stall);
        if (_over.IsCancellationRequested && signs.UnderWay is [var oldest, ..] && oldest.Age >= EndLimit) _hopeless.TrySetResult();
    }

    private VitalSigns Signs()
    {
        var window = _moved.Count > WindowTicks ? (_moved.Last() - _moved.Peek()) / WindowTicks : (long?)null;
        return _vitals.Read(_events.Unread, window);
    }

    private void Judge(Stall stall, VitalSigns signs)
    {
        if (Verdict is not null || _over.IsCancellationRequested) return;
        Verdict = stall.Kind switch
        {
            StallKind.DeviceNotCompleting when stall.Lasted >= DeviceLimit =>
                new AgentFailure(AgentFailureCodes.DiskStalled, $"Waiting for a disk: {stall.Evidence}", KernelLinesAsCause(stall.Disk)),
            StallKind.SourceIdle when !signs.SourceRetries && stall.Lasted >= SourceLimit =>
                new AgentFailure(AgentFailureCodes.ImageUnavailable, $"Receiving the image: {stall.Evidence}"),
            _ => null,
        };
        if (Verdict is not null) _giveUp();
    }

    /// <summary>Once per stall, and of stalls of one kind that come and go once a minute.</summary>
    private void Tell(Stall stall)
    {
        var before = _told;
        _told = stall;
        // While nobody reads, saying so would only make one more thread wait. It is said when somebody reads again.
        if (stall.Kind == before.Kind || stall.Kind == StallKind.EventsNotRead) return;
        if (before.Kind == StallKind.EventsNotRead) _events.Warn($"Goes on; {before.Evidence}");
        else if (before.Kind is not (StallKind.None or StallKind.DeviceSlow) && IsToldAbout(before)) _events.Warn($"Goes on; {before.Evidence} until now");

        if (stall.Kind == StallKind.None || (_toldAt.TryGetValue(stall.Kind, out var at) && _world.Time.GetElapsedTime(at) < BetweenWords)) return;
        _toldAt[stall.Kind] = _world.Time.GetTimestamp();
        var lines = KernelLines(stall.Disk);
        _events.Warn((stall.Kind == StallKind.DeviceSlow ? stall.Evidence : $"Nothing moves: {stall.Evidence}")
            + (lines.Count == 0 ? "" : $"; the kernel says: {string.Join(" | ", lines)}"));
    }

    /// <summary>Its beginning was told, not passed over as one of many.</summary>
    private bool IsToldAbout(Stall stall) =>
        _toldAt.TryGetValue(stall.Kind, out var at) && _world.Time.GetElapsedTime(at) <= stall.Lasted - StallDiagnosis.Noticed + 2 * Pace;

    private IOException? KernelLinesAsCause(string? disk) =>
        KernelLines(disk) is { Count: > 0 } lines ? new IOException($"The kernel says: {string.Join(" | ", lines)}") : null;

    private List<string> KernelLines(string? disk)
    {
        if (disk is null) return [];
        var folder = DiskFolder.Find(_world.Roots).FirstOrDefault(candidate => candidate.Name == disk)?.Folder;
        var names = DiskKernelLines.NamesOf(disk, folder);
        return [.. _kernelLines.Where(line => DiskKernelLines.Concerns(line, names)).TakeLast(MostLines)];
    }
}
