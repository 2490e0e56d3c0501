using System.Collections.Concurrent;
using Kronform.Provision.Disks.Reports;
using Kronform.Provision.Reports;
using Kronform.Provision.Runs;

namespace Kronform.Provision.Bench.Fleet.Product;

/// <summary>Keeps when each node's run ended, and how.</summary>
internal sealed class EndsReporter(TimeProvider time) : IRunReporter
{
    private readonly ConcurrentBag<NodeEnd> _ends = [];

    public IReadOnlyList<NodeEnd> Ends => [.. _ends];

    public void PhaseStarted(string node, RunPhase phase, string text)
    {
    }

    public void Note(string node, string text)
    {
    }

    public void Status(string node, string text, long? done, long? total)
    {
    }

    public void Disks(string node, DiskReport report)
    {
    }

    public void Finished(NodeResult result) =>
        _ends.Add(new NodeEnd(result.Node, result.Failure is null, result.Failure is { } failure ? $"{failure.Code.Name}: {failure.Message}" : result.Summary, time.GetTimestamp()));
}
