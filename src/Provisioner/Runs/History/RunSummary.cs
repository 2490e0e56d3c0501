namespace Kronform.Provision.Runs.History;

/// <summary>What became of a run. Its journal says so, but for one thing: whether the process that writes it still lives.</summary>
public enum RunState
{
    /// <summary>The node was seen healthy: the run is over.</summary>
    Healthy,

    /// <summary>The newest attempt ended with a failure code.</summary>
    Failed,

    /// <summary>An operator stopped the newest attempt.</summary>
    Cancelled,

    /// <summary>The newest attempt never said how it ended: its process was killed, or its machine lost power.</summary>
    Interrupted,

    /// <summary>A process is at it now.</summary>
    UnderWay,
}

/// <param name="Id">The journal's file name without its ending; begins with the run's start in UTC.</param>
/// <param name="LastAt">Of the newest entry.</param>
/// <param name="Code">Failure code of the newest attempt; null unless it ended with one.</param>
/// <param name="Resets">Pressed, or perhaps pressed, in the whole run.</param>
/// <param name="Last">What was journalled last, in words.</param>
public sealed record RunSummary(string Node, string Id, DateTimeOffset StartedAt, DateTimeOffset LastAt, RunState State, string? Code, int Attempts, int Resets, string Last)
{
    /// <summary>A later <c>provision</c> of the node goes on with it.</summary>
    public bool CanBeResumed => State is RunState.Failed or RunState.Cancelled or RunState.Interrupted;

    /// <param name="entries">At least the run's first.</param>
    /// <param name="processLives">Whether the process that began the newest attempt is there and works on it.</param>
    public static RunSummary Of(string node, string id, IReadOnlyList<JournalEntry> entries, Func<AttemptStarted, bool> processLives)
    {
        var attempt = entries.OfType<AttemptStarted>().LastOrDefault();
        var end = entries.Reverse().TakeWhile(e => e is not AttemptStarted).OfType<AttemptEnded>().FirstOrDefault();
        var state = entries.OfType<NodeHealthy>().Any() ? RunState.Healthy
            : end is { Code: "run.cancelled" } ? RunState.Cancelled
            : end is not null ? RunState.Failed
            : attempt is not null && processLives(attempt) ? RunState.UnderWay
            : RunState.Interrupted;
        // How an attempt ended is told by the state.
        var last = entries.LastOrDefault(e => e is not (AttemptStarted or AttemptEnded)) ?? entries[0];
        return new RunSummary(node, id, entries[0].At, entries[^1].At, state, state == RunState.Failed ? end!.Code : null,
            entries.OfType<AttemptStarted>().Count(), entries.OfType<ResetPressing>().Count() - entries.OfType<ResetRefused>().Count(), EntryText.Of(last));
    }
}
