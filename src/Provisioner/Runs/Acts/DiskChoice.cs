using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Disks;
using Kronform.Provision.Disks.Inventories;
using Kronform.Provision.Disks.Reports;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Runs.Acts;

public sealed record DiskDecision(DiskPlan Plan, DiskReport Report)
{
    /// <summary>Of the plan; null when no disk was chosen, or the disks are not known well enough.</summary>
    public string? Hash => Report.PlanHash;

    public IEnumerable<string> WaivedSerials => Plan.Verdicts.Where(v => v.Waived.Count > 0 && v.Disk.Serial is not null).Select(v => v.Disk.Serial!);

    /// <summary>The disk to write.</summary>
    /// <exception cref="ProvisionException">The plan is not clear, or not the one that the operator approved; nothing was written.</exception>
    public BlockDevice Require(NodeContext context)
    {
        var chosen = Plan.Require(context.Node.Name);
        PlanCheck.Require(context, this);
        return chosen;
    }
}

/// <summary>Decides which disk of an inventory is the node's, and reports every disk with its verdict.</summary>
public static class DiskChoice
{
    public static DiskDecision Make(NodeContext context, DiskInventory inventory)
    {
        var image = context.Services.Image;
        var decision = Decide(context.Node, context.Config, context.Services.Cluster.TalosVersion, inventory, image.Source.Sha256, image.SizeBytes,
            context.Options.AllowDataLoss, context.Record.Begun);
        context.Services.Reporter.Disks(context.Node.Name, decision.Report);
        return decision;
    }

    /// <param name="imageBytes">Size of the expanded image; null when not known.</param>
    /// <param name="begun">The disk that this run began to write; null when it began none.</param>
    public static DiskDecision Decide(
        NodeSpec node, MachineConfig config, TalosVersion version, DiskInventory inventory, string? imageSha256, long? imageBytes, IReadOnlyCollection<string> allowDataLoss,
        DiskIdentity? begun = null)
    {
        var criteria = DiskCriteria.Of(node, config, version);
        var plan = WithRemedy(DiskSelection.Choose(inventory.Disks, criteria, imageBytes, allowDataLoss, inventory.Host is { } host ? MachineFacts.Of(host) : null, begun));
        return new DiskDecision(plan, DiskReport.Of(node.Name, version.ToString(), criteria, plan, inventory, imageSha256, imageBytes));
    }

    /// <summary>Where a disk is refused because nobody told what is on it, the remedy is to look, not to give its data up.</summary>
    internal static DiskPlan WithRemedy(DiskPlan plan) =>
        plan.Problem is { } problem && problem.Code == FailureCode.DiskGuarded
        && plan.Verdicts.Any(v => v.Kind == VerdictKind.Refused && v.Disk.Signatures.Any(DiskInventory.IsUnknown))
            ? plan with { Problem = problem with { Remedy = "What is on it cannot be seen from here. Boot the rescue system and run the dry run again: there the agent looks." } }
            : plan;
}
