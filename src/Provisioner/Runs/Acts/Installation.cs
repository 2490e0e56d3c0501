using Kronform.Provision.Cluster;
using Kronform.Provision.Disks.Inventories;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Rescue;
using Kronform.Provision.Runs.Identity;
using Kronform.Provision.Ssh;

namespace Kronform.Provision.Runs.Acts;

/// <summary>From a proven rescue system to an image that was read back: deliver the agent, look, choose exactly one disk, write.</summary>
public static class Installation
{
    public static async Task RunAsync(NodeContext context, ISshSession session, RescueFacts facts, CancellationToken cancellation)
    {
        var link = new AgentLink(session, context.Services.Agent, context.Services.Time);
        try
        {
            await OnceAsync(context, link, facts, cancellation);
        }
        catch (ProvisionException e) when (e.Code == FailureCode.AgentBusy)
        {
            if (!await LeftJobs.EndStaleAsync(context, link, cancellation))
                throw new ProvisionException(e.Code, $"{e.Message} Somebody listens to it", "Another provision works on this server, from another machine or with another state folder. Let it finish; or end its job in the rescue system: /run/kronform/kronform-agent jobs, then cancel ID.", e);
            await OnceAsync(context, link, facts, cancellation);
        }
    }

    private static async Task OnceAsync(NodeContext context, AgentLink link, RescueFacts facts, CancellationToken cancellation)
    {
        var inventory = await InspectAsync(context, link, facts, cancellation);
        context.Append(new RescueProven(inventory.BootId, inventory.MacAddresses, inventory.SystemUuid));
        MachineIdentity.Require(context, inventory, remember: true);

        inventory = await Neutralising.CompleteAsync(context, link, inventory, cancellation);

        context.Enter(RunPhase.Select, "Choosing the system disk");
        var decision = DiskChoice.Make(context, DiskInventory.FromRescue(inventory));
        if (LeftJob.MayBe(context.Record, inventory.BootId))
        {
            if (await LeftJobs.FinishAsync(context, link, decision, cancellation)) return;
            // It changed the disk until now.
            decision = DiskChoice.Make(context, DiskInventory.FromRescue(await link.InventoryAsync(cancellation)));
        }

        decision = await Neutralising.RunAsync(context, link, decision, cancellation);
        var chosen = decision.Require(context);
        foreach (string serial in decision.WaivedSerials) context.Append(new DataLossAllowed(serial));

        await Writing.RunAsync(context, link, chosen, decision, inventory.BootId, cancellation);
    }

    /// <summary>Looks at the disks and changes nothing but the agent's own file in the rescue system's memory.</summary>
    public static async Task<HostInventory> InspectAsync(NodeContext context, AgentLink link, RescueFacts facts, CancellationToken cancellation)
    {
        context.Enter(RunPhase.Inspect, "Looking at the disks");
        if (facts.AgentSha256 != context.Services.Agent.Sha256)
        {
            await link.DeliverAsync(new Sink(sent => context.Status("sending the agent", sent, context.Services.Agent.Compressed.Length)), cancellation);
        }

        context.Status("taking the inventory");
        var inventory = await link.InventoryAsync(cancellation);
        if (RescueProof.Doubt(inventory.Rescue) is { } doubt)
            throw new ProvisionException(FailureCode.RescueNotProven, $"The agent does not run in a rescue system: {doubt}");
        context.Note($"{inventory.Firmware.ToUpperInvariant()}, {inventory.Disks.Count} disks, network {string.Join(", ", inventory.MacAddresses)}");
        return inventory;
    }

    /// <summary>Shows the agent's steps and progress as the node's status.</summary>
    public static void Follow(NodeContext context, AgentEvent agentEvent)
    {
        switch (agentEvent)
        {
            case AgentStep step: context.Status(step.Description); break;
            case AgentProgress { Step: AgentSteps.ReadBack } p: context.Status("reading back", p.BytesOut, p.TotalBytes); break;
            case AgentProgress p: context.Status("writing", p.BytesIn, p.TotalBytes); break;
            case AgentWarning warning: context.Note($"warning: {warning.Message}"); break;
            case AgentRates rates:
                foreach (var step in rates.Steps) context.Note($"{step.Step}, MB/s every {step.SecondsPerValue} s: {string.Join(' ', step.BytesPerSecond.Select(rate => rate / 1_000_000))}");
                break;
        }
    }

    private sealed class Sink(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}
