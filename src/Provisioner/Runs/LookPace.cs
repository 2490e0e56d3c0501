namespace Kronform.Provision.Runs;

/// <summary>
/// The pause between two looks at a node that is waited for; shared by the runs of one command. A look costs the workstation up to a
/// millisecond of processor time, so many nodes that wait are looked at less often, and those with work to do are not held up by them.
/// </summary>
public sealed class LookPace
{
    /// <summary>Between two looks when few nodes wait: short against everything that is waited for.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(0.5);

    /// <summary>Of all waiting nodes together: a look on average every 2.5 ms. With 1,000 of them each is looked at every 2.5 s.</summary>
    private static readonly TimeSpan BetweenAnyTwo = TimeSpan.FromSeconds(0.0025);

    private int _waiting;

    /// <param name="waiting">Nodes that wait now, with this one.</param>
    public static TimeSpan Of(int waiting) => waiting * BetweenAnyTwo > Shortest ? waiting * BetweenAnyTwo : Shortest;

    public async Task PauseAsync(TimeProvider time, CancellationToken cancellation)
    {
        int waiting = Interlocked.Increment(ref _waiting);
        try
        {
            await Task.Delay(Of(waiting), time, cancellation);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
