using Kronform.Provision.Agent.Events;
using Kronform.Provision.Agent.Inventory;
using Kronform.Provision.Agent.Inventory.Tables;
using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Agent.Writing;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Neutralising;

/// <summary>
/// One neutralise order: says what it would change, or changes exactly that. It never writes bytes that it would not have
/// proposed itself for the disk as it was before.
/// </summary>
internal sealed class NeutraliseRun(AgentWorld world, EventStream events)
{
    /// <summary>What is true of the disk now; one of <see cref="DiskStates"/>.</summary>
    public string DiskState { get; private set; } = DiskStates.Untouched;

    public async Task<AgentEvent> RunAsync(NeutraliseOrder order, CancellationToken cancellation)
    {
        var inventory = await new HostReader(world).ReadAsync(events, cancellation);
        var disk = OrderedDisk.Find(inventory, order.Disk);
        OrderedDisk.EnsureFree(disk, Attempt(disk));
        if (disk.ReadOnly) throw new AgentFailure(AgentFailureCodes.DiskWrite, $"{Attempt(disk)}: the kernel has it as read only");
        return order.Changes is null ? Propose(order, disk) : await ApplyAsync(order, order.Changes, disk, cancellation);
    }

    private NeutraliseProposed Propose(NeutraliseOrder order, BlockDevice disk)
    {
        EnsureUnchanged(order, disk);
        IReadOnlyList<ByteChange> changes = [];
        DiskFailure.As(AgentFailureCodes.DiskWrite, $"{Attempt(disk)}: reading its tables", () =>
        {
            using var device = world.Devices.OpenToRead(disk.Name);
            changes = NeutralisePlan.Of(ReaderOf(device), device.SizeBytes, device.LogicalSectorBytes, disk.Signatures);
        });
        return new NeutraliseProposed { Changes = changes };
    }

    private async Task<DiskNeutralised> ApplyAsync(NeutraliseOrder order, IReadOnlyList<ByteChange> changes, BlockDevice disk, CancellationToken cancellation)
    {
        events.Step(AgentSteps.Hold, $"Taking {disk.Name} ({disk.Identity}) for this process alone");
        using var device = await DiskHold.TakeAsync(world, disk, cancellation);
        var progress = ChangeProgress.None;
        DiskFailure.As(AgentFailureCodes.DiskWrite, $"{Attempt(disk)}: reading its tables", () => progress = Examine(order, changes, disk, device));

        cancellation.ThrowIfCancellationRequested();
        if (progress != ChangeProgress.All) Write(changes, disk, device, cancellation);
        await TableReread.TryAsync(device, events, world.Time);
        return new DiskNeutralised { Disk = disk.Identity };
    }

    private static ChangeProgress Examine(NeutraliseOrder order, IReadOnlyList<ByteChange> changes, BlockDevice disk, IDiskDevice device)
    {
        var read = ReaderOf(device);
        if (changes.Any(change => change.OffsetBytes % device.LogicalSectorBytes != 0 || change.Before.Length % device.LogicalSectorBytes != 0))
            throw new AgentFailure(AgentFailureCodes.BadOrder, $"{Attempt(disk)}: the ordered changes are not whole sectors of {device.LogicalSectorBytes} bytes");
        var progress = ChangeSet.Compare(read, device.LogicalSectorBytes, changes, out var foreign);
        if (progress == ChangeProgress.Foreign)
            throw new AgentFailure(AgentFailureCodes.DiskChanged, $"{Attempt(disk)}: at byte {foreign!.OffsetBytes} ({foreign.What}) is neither what was kept nor what is to be written");
        // A disk that carries some of the changes cannot be as it was reported; its bytes were just compared instead.
        if (progress == ChangeProgress.None) EnsureUnchanged(order, disk);
        if (!ChangeSet.AreEqual(changes, NeutralisePlan.Of(ChangeSet.Undone(read, changes), device.SizeBytes, device.LogicalSectorBytes, disk.Signatures)))
            throw new AgentFailure(AgentFailureCodes.DiskChanged, $"{Attempt(disk)}: the ordered changes are not those that this disk needs");
        return progress;
    }

    private void Write(IReadOnlyList<ByteChange> changes, BlockDevice disk, IDiskDevice device, CancellationToken cancellation)
    {
        foreach (var change in changes)
        {
            events.Step(AgentSteps.Write, $"Neutralising {disk.Name}: {change.What}");
            // A step that cannot be said cancels the run, and then must not be taken. After the first it is all a matter of a few
            // sectors: what is begun is finished.
            if (DiskState == DiskStates.Untouched) cancellation.ThrowIfCancellationRequested();
            DiskState = DiskStates.PartlyChanged;
            DiskFailure.As(AgentFailureCodes.DiskWrite, $"{Attempt(disk)}: trying to {change.What}", () =>
            {
                device.WriteAt(change.OffsetBytes, change.After);
                device.Flush();
                device.DropCache();
            });
            // The next table is not touched before this one is proven.
            DiskFailure.As(AgentFailureCodes.ReadBack, $"{Attempt(disk)}: reading back at byte {change.OffsetBytes}", () =>
            {
                if (!ReaderOf(device)(change.OffsetBytes, change.After.Length).AsSpan().SequenceEqual(change.After))
                    throw new AgentFailure(AgentFailureCodes.ReadBack, $"{Attempt(disk)}: what was written at byte {change.OffsetBytes} ({change.What}) reads as something else");
            });
        }
    }

    private static void EnsureUnchanged(NeutraliseOrder order, BlockDevice disk)
    {
        if (Protocol.DiskState.Hash(disk) != order.DiskStateHash)
            throw new AgentFailure(AgentFailureCodes.DiskChanged, $"{Attempt(disk)}: it is no longer as it was when it was reported");
    }

    private static string Attempt(BlockDevice disk) => $"Neutralising {disk.Name} ({disk.Identity})";

    private static ByteReader ReaderOf(IDiskDevice device) => (offset, count) =>
    {
        var bytes = new byte[count];
        device.ReadAt(offset, bytes);
        return bytes;
    };
}
