using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Runs;

/// <summary>What becomes of the write that an earlier connection, or process, of this run began in the rescue system that runs now.</summary>
public abstract record LeftJob
{
    /// <summary>It is at work on what is wanted now: listen to it instead of giving a new order.</summary>
    public sealed record Join(string Id) : LeftJob;

    /// <summary>It ended well while nobody listened, on the disk that is wanted now.</summary>
    public sealed record Take(ImageWritten Written) : LeftJob;

    /// <summary>It is at work on something else: it is to end before a new order.</summary>
    public sealed record End(string Id) : LeftJob;

    /// <summary>There is none that matters. <see cref="Because"/> is for the operator, and null when there is nothing to tell.</summary>
    public sealed record Gone(string? Because) : LeftJob;

    /// <summary>Whether the agent need be asked at all.</summary>
    public static bool MayBe(RunRecord record, string bootId) => record.BegunWrite is { Job: not null } begun && begun.BootId == bootId;

    /// <param name="jobs">As the agent lists them.</param>
    /// <param name="wanted">The disk that would be written now; null when none would.</param>
    /// <param name="othersHash">See <see cref="WriteStarting"/>, for that disk.</param>
    public static LeftJob Judge(RunRecord record, IReadOnlyList<AgentJob> jobs, DiskIdentity? wanted, string? othersHash)
    {
        var begun = record.BegunWrite!;
        return jobs.FirstOrDefault(job => job.Id == begun.Job) switch
        {
            null => new Gone(null),
            { Running: true } job => wanted == begun.Disk && othersHash == begun.OthersHash ? new Join(job.Id) : new End(job.Id),
            { Outcome: ImageWritten written } => wanted == begun.Disk ? new Take(written) : new Gone("an earlier connection's write ended well, on a disk that is not the chosen one now"),
            { Outcome: AgentFailed failed } => new Gone($"what an earlier connection began has failed meanwhile ({failed.Code}: {failed.Message}); beginning anew"),
            _ => new Gone(null),
        };
    }

    /// <summary>
    /// Whether a new order is the answer to the failure of a job that was joined: a pushed image that broke off did so with the
    /// connection that was lost, and one that nobody answered gave up, perhaps while this side waited for its turn to send. Neither is a
    /// failure of whoever joined.
    /// </summary>
    /// <param name="answered">Before it was joined. Later than its question a job does not give up: then somebody ended it.</param>
    /// <param name="stopping">This run is to end, so that the job ended by its word.</param>
    public static bool BeginsAnew(FailureCode code, bool pushed, bool answered, bool stopping) =>
        pushed && (code == FailureCode.ImageUnavailable || code == FailureCode.AgentCancelled && !answered && !stopping);

    /// <summary>
    /// Whether a job that stands in the way of a new order may be ended: one of this run, or one that nobody listens to. Somebody
    /// else's that is listened to is another person's work.
    /// </summary>
    public static bool MayEnd(RunRecord record, AgentJob job) => job.Running && (job.Watchers == 0 || record.Jobs.Contains(job.Id));
}
