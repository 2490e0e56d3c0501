using Kronform.Provision.Disks;
using Kronform.Provision.Disks.Inventories;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Rescue;

namespace Kronform.Provision.Runs.Acts;

/// <summary>
/// Takes from disks that are not written to what would let them take over the node. What is replaced is in the journal, flushed,
/// before the agent is told to replace it.
/// </summary>
public static class Neutralising
{
    /// <summary>Completes what an earlier attempt began: until then a table of that disk may be broken.</summary>
    /// <returns>The inventory as it is now.</returns>
    public static async Task<HostInventory> CompleteAsync(NodeContext context, AgentLink link, HostInventory inventory, CancellationToken cancellation)
    {
        if (context.Record.Neutralising is not { } begun) return inventory;
        context.Note($"an earlier attempt began to neutralise the disk with {begun.Disk}; completing it");
        try
        {
            await ApplyAsync(context, link, begun, cancellation);
        }
        catch (ProvisionException e) when (e.Code == FailureCode.DiskNone || e.Code == FailureCode.DiskChanged)
        {
            // The choice begins anew with what is there; the copy of the old bytes stays in the journal.
            context.Append(new NeutraliseGivenUp(begun.Disk, e.Message));
            context.Note($"warning: that cannot be completed any more: {e.Message}");
            return inventory;
        }

        return await link.InventoryAsync(cancellation);
    }

    /// <summary>Neutralises the disks that the operator named, if that makes the plan clear, and decides again.</summary>
    /// <returns>The decision about the disks as they are now.</returns>
    public static async Task<DiskDecision> RunAsync(NodeContext context, AgentLink link, DiskDecision decision, CancellationToken cancellation)
    {
        var wanted = Wanted(context, decision);
        if (wanted.Disks.Count == 0) return decision;
        PlanCheck.Require(context, decision);

        foreach (var disk in wanted.Disks)
        {
            var changes = await link.ProposeNeutralisingAsync(OrderFor(disk), cancellation);
            if (changes.Count == 0)
            {
                context.Note($"warning: the agent finds nothing to neutralise on the disk with {disk.Identity}");
                continue;
            }

            context.Note($"neutralising the disk with {disk.Identity}: {Describe(changes)}");
            var intent = new NeutraliseStarting(disk.Identity, DiskState.Hash(disk), changes);
            context.Append(intent);
            await ApplyAsync(context, link, intent, cancellation);
        }

        context.Status("taking the inventory again");
        var again = DiskChoice.Make(context, DiskInventory.FromRescue(await link.InventoryAsync(cancellation)));
        if (again.Hash is not null && DifferOnlyIn(wanted.Disks, decision.Plan, again.Plan))
            context.Append(new PlanSucceeded(decision.Hash!, again.Hash));
        return again;
    }

    /// <summary>Tells what a run would change, and changes nothing.</summary>
    /// <returns>The decision as it would be once these disks are neutralised; its hash is of the disks as they are.</returns>
    public static async Task<DiskDecision> PreviewAsync(NodeContext context, AgentLink link, DiskDecision decision, CancellationToken cancellation)
    {
        var wanted = Wanted(context, decision);
        bool clears = wanted is { Disks.Count: > 0, Clears: true };
        foreach (var disk in wanted.Disks)
        {
            var changes = await link.ProposeNeutralisingAsync(OrderFor(disk), cancellation);
            clears &= changes.Count > 0 || !decision.Plan.Threats.Any(t => t.Stops && t.Disk == disk.Identity);
            context.Note(changes.Count == 0
                ? $"warning: the agent finds nothing to neutralise on the disk with {disk.Identity}"
                : $"would neutralise the disk with {disk.Identity}: would {Describe(changes)}");
        }

        if (!clears || decision.Plan.Problem?.Code != FailureCode.BootThreat) return decision;
        context.Note("with that, nothing would stop the run");
        return decision with { Plan = decision.Plan with { Problem = null } };
    }

    /// <summary>Whether the two plans are about the same disks, and only these few are not as they were. Pure.</summary>
    public static bool DifferOnlyIn(IReadOnlyList<BlockDevice> changed, DiskPlan before, DiskPlan after) =>
        before.Chosen?.Identity == after.Chosen?.Identity
        && before.Verdicts.Count == after.Verdicts.Count
        && before.Verdicts.Zip(after.Verdicts).All(pair => pair.First.Disk.Identity == pair.Second.Disk.Identity
            && (changed.Any(c => ReferenceEquals(c, pair.First.Disk)) || DiskState.Hash(pair.First.Disk) == DiskState.Hash(pair.Second.Disk)));

    private static Neutralisation Wanted(NodeContext context, DiskDecision decision)
    {
        var wanted = Neutralisation.Of(decision.Plan, context.Options.Neutralise);
        foreach (string warning in wanted.Warnings) context.Note($"warning: {warning}");
        return wanted;
    }

    private static async Task ApplyAsync(NodeContext context, AgentLink link, NeutraliseStarting intent, CancellationToken cancellation)
    {
        var order = new NeutraliseOrder { Disk = intent.Disk, DiskStateHash = intent.StateHash, Changes = intent.Changes };
        var done = await link.NeutraliseAsync(order, agentEvent => Installation.Follow(context, agentEvent), cancellation);
        context.Append(new NeutraliseDone(done.Disk));
        context.Note($"the disk with {done.Disk} is neutralised; what was there is in the journal");
    }

    private static NeutraliseOrder OrderFor(BlockDevice disk) => new() { Disk = disk.Identity, DiskStateHash = DiskState.Hash(disk) };

    private static string Describe(IReadOnlyList<ByteChange> changes) =>
        string.Join("; ", changes.Select(c => $"{c.What} ({c.Before.Length} bytes at {c.OffsetBytes})"));
}
