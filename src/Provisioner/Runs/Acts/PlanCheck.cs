using Kronform.Provision.Disks;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Runs.Acts;

/// <summary>Holds a decision against the plan that the operator approved. Without one, every clear plan may be followed.</summary>
public static class PlanCheck
{
    /// <exception cref="ProvisionException"><see cref="FailureCode.DiskPlanChanged"/>; nothing was written.</exception>
    public static void Require(NodeContext context, DiskDecision decision)
    {
        if (context.Options.Plan is not { } approved || decision is not { Plan.Chosen: { } chosen, Hash: var hash }) return;
        string others = OthersHash(context, decision, chosen);
        switch (Judge(approved, context.Record, chosen.Identity, hash, others))
        {
            case PlanStanding.Holds:
                return;
            case PlanStanding.Begun:
                context.Note($"the plan {approved} was begun by an earlier attempt, which left the disk with {chosen.Identity} unfinished; all other disks are as they were");
                return;
            case PlanStanding.Succeeded:
                context.Note($"the plan {approved} became {hash} when its disks were neutralised; nothing else changed");
                return;
            case PlanStanding.Unknown:
                throw new ProvisionException(FailureCode.DiskPlanChanged,
                    $"Whether the plan of {context.Node.Name} is still {approved} cannot be told: what is on its disks is not known here. Nothing was written",
                    "Look at the disks from the rescue system.");
            default:
                throw new ProvisionException(FailureCode.DiskPlanChanged,
                    $"The plan of {context.Node.Name} is not the approved one: approved was {approved}, now it is {hash}. A disk of the machine, what is on it, the chosen disk or the image differs. Nothing was written",
                    $"Look at the new disk report above. If it is what you want: --plan {hash![..ApprovedPlan.FewestDigits]}");
        }
    }

    /// <summary>Whether <see cref="Require"/> would pass.</summary>
    public static bool Allows(NodeContext context, DiskDecision decision) =>
        context.Options.Plan is not { } approved || decision is not { Plan.Chosen: { } chosen }
        || Judge(approved, context.Record, chosen.Identity, decision.Hash, OthersHash(context, decision, chosen))
            is PlanStanding.Holds or PlanStanding.Succeeded or PlanStanding.Begun;

    /// <param name="approved">What the operator named.</param>
    /// <param name="record">What this run has done so far.</param>
    /// <param name="chosen">The disk that would be written now.</param>
    /// <param name="hash">The plan as it is now; null when the disks are not known well enough to have one.</param>
    /// <param name="othersHash">See <see cref="OthersHash(string, DiskPlan, BlockDevice, string)"/>.</param>
    public static PlanStanding Judge(ApprovedPlan approved, RunRecord record, DiskIdentity chosen, string? hash, string othersHash)
    {
        if (hash is null) return PlanStanding.Unknown;
        if (approved.Names(hash)) return PlanStanding.Holds;
        bool Covers(string plan) => approved.Names(plan)
            || (record.PlanSuccession is { } succession && approved.Names(succession.PlanHash) && succession.Successor == plan);
        if (Covers(hash)) return PlanStanding.Succeeded;
        // The write itself changes what the hash covers, so a plan that was begun can only be known by everything else.
        return record.BegunWrite is { } begun && begun.Disk == chosen && begun.OthersHash == othersHash && Covers(begun.PlanHash)
            ? PlanStanding.Begun
            : PlanStanding.Changed;
    }

    /// <summary>The plan without the contents of the disk that is written.</summary>
    public static string OthersHash(string node, DiskPlan plan, BlockDevice chosen, string imageSha256) =>
        PlanHash.Compute(node, chosen.Identity, plan.Verdicts.Select(v => v.Disk).Where(d => !ReferenceEquals(d, chosen)), imageSha256);

    /// <inheritdoc cref="OthersHash(string, DiskPlan, BlockDevice, string)"/>
    public static string OthersHash(NodeContext context, DiskDecision decision, BlockDevice chosen) =>
        OthersHash(context.Node.Name, decision.Plan, chosen, context.Services.Image.Source.Sha256);
}

public enum PlanStanding
{
    Holds,

    /// <summary>It is what neutralising made of the approved plan.</summary>
    Succeeded,

    /// <summary>An earlier attempt of this run began to write under the approved plan, and only its disk has changed since.</summary>
    Begun,

    Changed,

    Unknown,
}
