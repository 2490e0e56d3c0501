using Kronform.Provision.Protocol;
using Kronform.Provision.Rescue;

namespace Kronform.Provision.Runs.Acts;

/// <summary>The image onto the chosen disk, by a job of the agent: a new one, or one that is at work already.</summary>
public static class Writing
{
    public static async Task RunAsync(NodeContext context, AgentLink link, BlockDevice disk, DiskDecision decision, string bootId, CancellationToken cancellation)
    {
        var image = context.Services.Image;
        using var turn = await TurnAsync(context, cancellation);
        context.Enter(RunPhase.Write, $"Writing the Talos image to the disk with {disk.Identity}");
        var reuse = context.Record.Begun == disk.Identity;
        var job = AgentJobs.NewId();
        context.Append(new WriteStarting(disk.Identity, decision.Hash!, PlanCheck.OthersHash(context, decision, disk), job, bootId));
        var order = new WriteOrder
        {
            Disk = disk.Identity,
            DiskStateHash = DiskState.Hash(disk),
            Node = context.Node.Name,
            PlanHash = decision.Hash!,
            Image = image.Source,
            BootNonce = context.Record.BootNonce,
            Reuse = reuse,
        };
        using var watch = new WriteWatch(context, job, disk.Identity);
        await using var content = image.Path is null ? null : image.OpenRead();
        Done(context, await link.Jobs.WriteAsync(job, order, content, watch.See, cancellation), unwatched: false);
    }

    /// <summary>Listens to a job that is at work, and answers it if nobody has.</summary>
    public static async Task RejoinAsync(NodeContext context, AgentLink link, string job, CancellationToken cancellation)
    {
        var disk = context.Record.BegunWrite!.Disk;
        var image = context.Services.Image;
        using var turn = context.Record.WipedKept ? null : await TurnAsync(context, cancellation);
        context.Enter(RunPhase.Write, $"Going on with the write to the disk with {disk}, which did not wait for us");
        context.Append(new WriteRejoined(job));
        using var watch = new WriteWatch(context, job, disk);
        await using var content = image.Path is null ? null : image.OpenRead();
        var heard = context.Heard is { } before && before.Job == job ? before.Event : 0;
        Done(context, await link.Jobs.RejoinAsync(job, heard, content, watch.See, cancellation), unwatched: false);
    }

    public static void Done(NodeContext context, ImageWritten written, bool unwatched)
    {
        context.Append(new WriteDone(written.Disk, written.WrittenBytes, written.ContentDigest, written.ChunkMarks, written.Rates, unwatched));
        var reused = written.ReusedBytes > 0 ? $" ({written.ReusedBytes / 1048576} MiB of it were there already)" : "";
        context.Note($"{written.WrittenBytes / 1048576} MiB on {written.DeviceName}{reused}, read back and equal; partitions {string.Join(", ", written.PartitionLabels)}");
        if (context.Services.Image.SizeBytes is { } expected && written.WrittenBytes != expected)
            context.Note($"warning: images of this release usually have {expected} bytes");
    }

    /// <summary>Null where the server fetches the image itself.</summary>
    private static async Task<IDisposable?> TurnAsync(NodeContext context, CancellationToken cancellation)
    {
        var image = context.Services.Image;
        return image.Path is null ? null
            : await image.Turns.TakeAsync(() => context.Status($"waiting: {Images.PushTurns.AtOnce} other servers are being sent the image"), cancellation);
    }
}
