using Kronform.Provision.Agent.Events;
using Kronform.Provision.Agent.Imaging;
using Kronform.Provision.Agent.Imaging.Meta;
using Kronform.Provision.Agent.Inventory;
using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Agent.Watching;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Writing;

/// <summary>
/// One order carried out. The order of things is the promise: all that can be checked is checked while the disk is untouched;
/// then its table goes first and the image's comes last, after everything else was read back. Wherever this stops, the machine
/// finds either nothing to start or the proven image.
/// </summary>
/// <param name="watch">Called when standard input has nothing more to give but its end.</param>
internal sealed class WriteRun(AgentWorld world, EventStream events, AgentInput input, Action watch, Vitals vitals)
{
    /// <summary>What is true of the disk now; one of <see cref="DiskStates"/>.</summary>
    public string DiskState { get; private set; } = DiskStates.Untouched;

    public async Task<ImageWritten> RunAsync(WriteOrder order, CancellationToken cancellation)
    {
        var inventory = await new HostReader(world).ReadAsync(events, cancellation);
        var disk = OrderedDisk.Find(inventory, order.Disk);
        OrderedDisk.EnsureWritable(disk, order);
        OrderedDisk.EnsurePlan(inventory, disk, order);

        events.Step(AgentSteps.Hold, $"Taking {disk.Name} ({disk.Identity}) for this process alone");
        using var device = await DiskHold.TakeAsync(world, disk, cancellation);

        var wiped = WipePlan.For(disk);
        if (order.SaveFirst)
        {
            events.Step(AgentSteps.Save, $"Sending what will be wiped on {disk.Name} to be kept");
            await DiskFailure.AsAsync(AgentFailureCodes.DiskWipe, $"Reading what will be wiped on {disk.Name}",
                async () => { await WipeSave.RunAsync(device, wiped, events, input, cancellation); return true; });
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using var image = await OpenedImage.OpenAsync(order.Image, input.ReadAsync, device.SizeBytes, world.Time, events.Warn, vitals, watch, stop);
        cancellation.ThrowIfCancellationRequested();
        foreach (var twin in TwinPartitions.Find(inventory.Disks.Where(other => other.Name != disk.Name), image.Head.PartUuids)) events.Warn(twin);

        BeginChange(AgentSteps.Wipe, $"Destroying the old tables and marks on {disk.Name}", cancellation);
        DiskState = DiskStates.Unknown;
        try
        {
            return await ReplaceAsync(order, disk, device, wiped, image, stop, cancellation);
        }
        catch
        {
            DiskState = TablePlaces.TakeAway(device);
            throw;
        }
    }

    private async Task<ImageWritten> ReplaceAsync(
        WriteOrder order, BlockDevice disk, IDiskDevice device, IReadOnlyList<ByteRange> wiped, OpenedImage image,
        CancellationTokenSource stop, CancellationToken cancellation)
    {
        DiskFailure.As(AgentFailureCodes.DiskWrite, $"Wiping {disk.Name}", () =>
        {
            TablePlaces.Wipe(device, wiped, cancellation);
            WipeProof.EnsureNothingLeft(device, disk, wiped);
        });

        // Proven zero, and nothing touches it before the commit: so it stays even if this run gets stuck.
        DiskState = DiskStates.WithoutTable;
        TableReread.TryOnce(device);

        BeginChange(AgentSteps.Write, "Writing the image, except its first MiB", cancellation);
        var body = await WriteBodyAsync(order, device, image, stop, cancellation);
        EnsureAsOrdered(order.Image, image, body);

        events.Step(AgentSteps.ReadBack, "Reading everything back from the disk and comparing it");
        await ReadBack.EnsureEqualAsync(device, body, events, world.Time, cancellation);

        BeginChange(AgentSteps.Commit, "Writing the first MiB, which makes the disk bootable", cancellation);
        DiskState = DiskStates.Unknown;
        DiskFailure.As(AgentFailureCodes.DiskWrite, $"Writing the first MiB of {disk.Name}", () => TablePlaces.Commit(device, body.Head, body.LastSector));
        // From here on the disk is proven; whatever happens now is no failure of the run.
        await TableReread.TryAsync(device, events, world.Time);
        return new ImageWritten
        {
            Disk = disk.Identity,
            DeviceName = disk.Name,
            WrittenBytes = body.Bytes,
            ReusedBytes = body.ReusedBytes,
            ContentDigest = body.Digest,
            ChunkMarks = ChunkMarks.Of(body.Chunks),
            SourceSha256 = image.Source.Sha256!,
            PartitionLabels = [.. PartitionReader.FromTable(device).Select(partition => partition.Label).OfType<string>()],
            Rates = events.Rates,
        };
    }

    /// <summary>
    /// A step that cannot be said cancels the run, and then must not be taken: what becomes of a job without a last word is told
    /// from its log alone.
    /// </summary>
    private void BeginChange(string step, string description, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        events.Step(step, description);
        cancellation.ThrowIfCancellationRequested();
    }

    private async Task<WrittenBody> WriteBodyAsync(
        WriteOrder order, IDiskDevice device, OpenedImage image, CancellationTokenSource stop, CancellationToken cancellation)
    {
        using var progress = new ProgressMeter(events, AgentSteps.Write, image.Source.Length, () => image.Source.BytesTaken, world.Time);
        var pipeline = new ImagePipeline(device, image.Reader, new MetaPatch(image.Head.MetaOffset, order.BootNonce), order.Reuse, progress, stop);
        return await DiskFailure.AsAsync(AgentFailureCodes.DiskWrite, $"Writing the image to {device.Name}",
            () => pipeline.RunAsync(image.Pool, image.First, cancellation));
    }

    private static void EnsureAsOrdered(ImageSource ordered, OpenedImage image, WrittenBody body)
    {
        if (image.Source.Sha256 != ordered.Sha256)
            throw new AgentFailure(AgentFailureCodes.ImageDigest, $"Checking the transferred image: its SHA-256 is {image.Source.Sha256}, ordered was {ordered.Sha256}");
        if (ordered.LengthBytes is { } length && image.Source.BytesTaken != length)
            throw new AgentFailure(AgentFailureCodes.ImageUnavailable, $"Checking the transferred image: it has {image.Source.BytesTaken} bytes, ordered were {length}");
        if (ordered.ExpandedBytes is { } expanded && body.Bytes != expanded)
            throw new AgentFailure(AgentFailureCodes.ImageFormat, $"Checking the expanded image: it has {body.Bytes} bytes, ordered were {expanded}");
        if (body.Bytes < image.Head.ImageBytes)
            throw new AgentFailure(AgentFailureCodes.ImageFormat, $"Checking the expanded image: it has {body.Bytes} bytes, its partition table needs {image.Head.ImageBytes}");
    }
}
