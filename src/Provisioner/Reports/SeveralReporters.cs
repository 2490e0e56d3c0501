using Kronform.Provision.Disks.Reports;
using Kronform.Provision.Runs;

namespace Kronform.Provision.Reports;

/// <summary>Tells everything to each of several.</summary>
public sealed class SeveralReporters(params IReadOnlyList<IRunReporter> reporters) : IRunReporter
{
    public void PhaseStarted(string node, RunPhase phase, string text) => Each(r => r.PhaseStarted(node, phase, text));

    public void Note(string node, string text) => Each(r => r.Note(node, text));

    public void Status(string node, string text, long? done, long? total) => Each(r => r.Status(node, text, done, total));

    public void Disks(string node, DiskReport report) => Each(r => r.Disks(node, report));

    public void Finished(NodeResult result) => Each(r => r.Finished(result));

    private void Each(Action<IRunReporter> tell)
    {
        foreach (var reporter in reporters) tell(reporter);
    }
}
