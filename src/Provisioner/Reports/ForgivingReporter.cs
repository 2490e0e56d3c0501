using Kronform.Provision.Disks.Reports;
using Kronform.Provision.Runs;
using Microsoft.Extensions.Logging;

namespace Kronform.Provision.Reports;

/// <summary>
/// Telling is not the work: a terminal that was closed, or a full disk under the events' file, ends no run. What breaks is left
/// alone from then on, since half a line and what comes hours later are worth nothing to whoever reads there.
/// </summary>
/// <param name="where">What breaks then, for the log.</param>
public sealed class ForgivingReporter(IRunReporter reporter, string where, ILogger log) : IRunReporter
{
    private int _broken;

    public void PhaseStarted(string node, RunPhase phase, string text) => Tell(r => r.PhaseStarted(node, phase, text));

    public void Note(string node, string text) => Tell(r => r.Note(node, text));

    public void Status(string node, string text, long? done, long? total) => Tell(r => r.Status(node, text, done, total));

    public void Disks(string node, DiskReport report) => Tell(r => r.Disks(node, report));

    public void Finished(NodeResult result) => Tell(r => r.Finished(result));

    private void Tell(Action<IRunReporter> tell)
    {
        if (Volatile.Read(ref _broken) != 0) return;
        try
        {
            tell(reporter);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            if (Interlocked.Exchange(ref _broken, 1) == 0) TryLog(e);
        }
    }

    /// <summary>The log lies on a disk, too, perhaps the same.</summary>
    private void TryLog(Exception broken)
    {
        try
        {
            log.LogWarning(broken, "Nothing can be told on {Where} any more; the run goes on without", where);
        }
        catch (Exception)
        {
            // Nobody is left to be told.
        }
    }
}
