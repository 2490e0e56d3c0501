using Kronform.Provision.Disks.Reports;
using Kronform.Provision.Reports;

namespace Kronform.Provision.Runs.Looking;

/// <summary>For commands whose whole output is their answer.</summary>
internal sealed class SilentReporter : IRunReporter
{
    public void PhaseStarted(string node, RunPhase phase, string text)
    {
    }

    public void Note(string node, string text)
    {
    }

    public void Status(string node, string text, long? done = null, long? total = null)
    {
    }

    public void Disks(string node, DiskReport report)
    {
    }

    public void Finished(NodeResult result)
    {
    }
}
