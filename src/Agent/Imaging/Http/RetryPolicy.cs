namespace Kronform.Provision.Agent.Imaging.Http;

/// <summary>How often a source that brings nothing is asked again, and how soon. Pure.</summary>
/// <param name="Attempts">In a row without progress, the first included; at least two for every place.</param>
internal sealed record RetryPolicy(int Attempts, TimeSpan FirstPause, TimeSpan LongestPause)
{
    /// <summary>So many bytes are progress, after which the attempts count from one again. A server that gives a few each time is none.</summary>
    public const int ProgressBytes = 64 * 1024;

    public static RetryPolicy Usual { get; } = new(5, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8));

    /// <summary>The pause before the next attempt, doubled with every round over all places; none while a place is left that was not asked in this round.</summary>
    /// <param name="failures">Attempts in a row that brought nothing, counted from 1.</param>
    /// <param name="places">That are still worth asking.</param>
    /// <returns>Null: enough.</returns>
    public TimeSpan? PauseAfter(int failures, int places)
    {
        if (places == 0 || failures >= Math.Max(Attempts, 2 * places)) return null;
        if (failures % places != 0) return TimeSpan.Zero;
        var doublings = Math.Min(failures / places - 1, 20);
        return TimeSpan.FromTicks(Math.Min(FirstPause.Ticks << doublings, LongestPause.Ticks));
    }
}
