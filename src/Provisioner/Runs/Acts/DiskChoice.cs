using System.Text.Json;
using Kronform.Provision.Disks;
using Kronform.Provision.Disks.Reports;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Runs.Acts;

/// <param name="Hash">Of the plan; null when no disk was chosen.</param>
public sealed record DiskDecision(DiskPlan Plan, string? Hash)
{
    public IEnumerable<string> WaivedSerials => Plan.Verdicts.Where(v => v.Waived.Count > 0 && v.Disk.Serial is not null).Select(v => v.Disk.Serial!);
}

/// <summary>Decides which disk of an inventory is the node's, and reports every disk with its verdict.</summary>
public static class DiskChoice
{
    public static DiskDecision Make(NodeContext context, IReadOnlyList<BlockDevice> disks)
    {
        var services = context.Services;
        var version = services.Cluster.TalosVersion;
        var image = services.Image;
        var criteria = DiskCriteria.Of(context.Node, context.Config, version);
        var plan = DiskSelection.Choose(disks, criteria, image.SizeBytes, context.Options.AllowDataLoss);
        var report = DiskReport.Of(context.Node.Name, version.ToString(), criteria, plan, image.Source.Sha256, image.SizeBytes);
        using var data = JsonDocument.Parse(report.ToJson());
        services.Reporter.Disks(context.Node.Name, DiskReportText.Render(report).TrimEnd('\n').Split('\n'), data.RootElement.Clone());
        return new DiskDecision(plan, report.PlanHash);
    }
}
