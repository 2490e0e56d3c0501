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
    /// <param name="context">The node, its machine config and the run's options.</param>
    /// <param name="disks">All disks of its server.</param>
    /// <param name="machine">Firmware and boot entries, where the rescue system told them.</param>
    public static DiskDecision Make(NodeContext context, IReadOnlyList<BlockDevice> disks, MachineFacts? machine = null)
    {
        var services = context.Services;
        var version = services.Cluster.TalosVersion;
        var image = services.Image.Source;
        var criteria = DiskCriteria.Of(context.Node, context.Config, version);
        var plan = DiskSelection.Choose(disks, criteria, image.ExpandedBytes, context.Options.AllowDataLoss, machine);
        var report = DiskReport.Of(context.Node.Name, version.ToString(), criteria, plan, image.Sha256, image.ExpandedBytes);
        using var data = JsonDocument.Parse(report.ToJson());
        services.Reporter.Disks(context.Node.Name, DiskReportText.Render(report).TrimEnd('\n').Split('\n'), data.RootElement.Clone());
        return new DiskDecision(plan, report.PlanHash);
    }
}
