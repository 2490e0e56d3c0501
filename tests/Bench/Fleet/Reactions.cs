using System.Collections.Concurrent;

namespace Kronform.Provision.Bench.Fleet;

/// <summary>A change of the world that the product has to notice and act on.</summary>
internal enum Change
{
    /// <summary>Until a connection to it is made.</summary>
    SshPortOpened,

    /// <summary>Until the product has logged in.</summary>
    RescueUp,

    /// <summary>Until the rescue system is told to reboot.</summary>
    ImageWritten,

    /// <summary>Until the machine config is applied.</summary>
    MaintenanceUp,

    /// <summary>Until the product reports the node as healthy.</summary>
    NodeHealthy,
}

/// <summary>How long the product took for each change of each node, on the clock that all processes of the machine share.</summary>
internal sealed class Reactions(TimeProvider time)
{
    private readonly ConcurrentDictionary<(string Node, Change Change), long> _open = new();
    private readonly ConcurrentDictionary<(string Node, Change Change), TimeSpan> _times = new();

    public void Begin(string node, Change change) => _open.TryAdd((node, change), time.GetTimestamp());

    /// <param name="at">Now unless given.</param>
    public void End(string node, Change change, long? at = null)
    {
        if (_open.TryGetValue((node, change), out var began)) _times.TryAdd((node, change), time.GetElapsedTime(began, at ?? time.GetTimestamp()));
    }

    /// <summary>Sorted.</summary>
    public IReadOnlyList<TimeSpan> Of(Change change) => [.. _times.Where(t => t.Key.Change == change).Select(t => t.Value).Order()];

    /// <param name="sorted">Not empty.</param>
    /// <param name="share">0.5 for the median.</param>
    public static TimeSpan Percentile(IReadOnlyList<TimeSpan> sorted, double share) =>
        sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Count) - 1, 0, sorted.Count - 1)];
}
