using Kronform.Provision.Cluster;
using Kronform.Provision.Disks;
using Kronform.Provision.Disks.Inventories;
using Kronform.Provision.Failures;
using Kronform.Provision.Images;
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
        var inventory = await InspectAsync(context, link, facts, cancellation);
        context.Append(new RescueProven(inventory.BootId, inventory.MacAddresses, inventory.SystemUuid));
        MachineIdentity.Require(context, inventory, remember: true);

        inventory = await Neutralising.CompleteAsync(context, link, inventory, cancellation);

        context.Enter(RunPhase.Select, "Choosing the system disk");
        var decision = await Neutralising.RunAsync(context, link, DiskChoice.Make(context, DiskInventory.FromRescue(inventory)), cancellation);
        var chosen = decision.Require(context);
        foreach (string serial in decision.WaivedSerials) context.Append(new DataLossAllowed(serial));

        await WriteAsync(context, link, chosen, decision, cancellation);
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

    private static async Task WriteAsync(NodeContext context, AgentLink link, BlockDevice disk, DiskDecision decision, CancellationToken cancellation)
    {
        var image = context.Services.Image;
        using var turn = image.Path is null ? null
            : await image.Turns.TakeAsync(() => context.Status($"waiting: {PushTurns.AtOnce} other servers are being sent the image"), cancellation);
        context.Enter(RunPhase.Write, $"Writing the Talos image to the disk with {disk.Identity}");
        var reuse = context.Record.Begun == disk.Identity;
        context.Append(new WriteStarting(disk.Identity, decision.Hash!, PlanCheck.OthersHash(context.Node.Name, decision.Plan, disk, image.Source.Sha256)));
        var order = new WriteOrder
        {
            Disk = disk.Identity,
            DiskStateHash = DiskState.Hash(disk),
            Node = context.Node.Name,
            PlanHash = decision.Hash!,
            Image = image.Source,
            BootNonce = context.Record.BootNonce,
            SaveFirst = true,
            Reuse = reuse,
        };
        using var wiped = WipedBytesFile.Create(context.Services.State, context.Node.Name, disk.Identity, context.Now);
        await using var content = image.Path is null ? null : image.OpenRead();
        var written = await link.WriteAsync(order, content, agentEvent => { Keep(context, wiped, disk.Identity, agentEvent); Follow(context, agentEvent); }, cancellation);
        context.Append(new WriteDone(written.Disk, written.WrittenBytes, written.ContentDigest, written.ChunkMarks, written.Rates));
        var reused = written.ReusedBytes > 0 ? $" ({written.ReusedBytes / 1048576} MiB of it were there already)" : "";
        context.Note($"{written.WrittenBytes / 1048576} MiB on {written.DeviceName}{reused}, read back and equal; partitions {string.Join(", ", written.PartitionLabels)}");
        if (image.SizeBytes is { } expected && written.WrittenBytes != expected)
            context.Note($"warning: images of this release usually have {expected} bytes");
    }

    private static void Keep(NodeContext context, WipedBytesFile wiped, DiskIdentity disk, AgentEvent agentEvent)
    {
        switch (agentEvent)
        {
            case BytesSaved piece:
                wiped.Add(piece);
                break;
            case SavingDone done:
                wiped.Finish();
                context.Append(new WipedBytesKept(disk, Path.GetFileName(wiped.Path), done.Pieces, done.Bytes));
                break;
        }
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
