using Kronform.Provision.Disks.Reports;
using Kronform.Provision.Failures;
using Kronform.Provision.Runs;

namespace Kronform.Provision.Reports;

/// <summary>
/// Where a run tells what it does. Implemented for a terminal, for plain text and for JSON lines; calls may come from several
/// nodes' runs at once. Nothing given here may hold a secret.
/// </summary>
public interface IRunReporter
{
    /// <summary>A phase began; the one before it, if any, ended well.</summary>
    void PhaseStarted(string node, RunPhase phase, string text);

    /// <summary>A fact worth a line: what was found, decided or done.</summary>
    void Note(string node, string text);

    /// <summary>What is being waited for, or how far a transfer is. Only the newest matters.</summary>
    void Status(string node, string text, long? done = null, long? total = null);

    /// <summary>Every disk and what was decided about it.</summary>
    void Disks(string node, DiskReport report);

    void Finished(NodeResult result);
}

/// <summary>How a node's run ended.</summary>
/// <param name="Changed">Something on the server or in the cluster was changed by this command.</param>
/// <param name="Failure">Null when the node is healthy, or the dry run found exactly one clean disk.</param>
/// <param name="Phases">Time spent in each phase that was entered, in order.</param>
public sealed record NodeResult(string Node, string Summary, bool Changed, ProvisionException? Failure, IReadOnlyList<PhaseTime> Phases)
{
    /// <summary>Where the command's time went; null when it ended before there was a node to work on.</summary>
    public CommandTime? Time { get; init; }

    public int ExitCode => Failure?.Code.ExitCode ?? 0;
}

public sealed record PhaseTime(RunPhase Phase, TimeSpan Elapsed);
