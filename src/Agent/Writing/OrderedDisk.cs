using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Writing;

/// <summary>Finds the one disk an order names, and what speaks against writing to it. Pure.</summary>
internal static class OrderedDisk
{
    /// <exception cref="AgentFailure"><see cref="AgentFailureCodes.DiskNotFound"/> unless exactly one fits.</exception>
    public static BlockDevice Find(HostInventory inventory, DiskIdentity ordered)
    {
        var fitting = inventory.Disks.Where(disk => Fits(disk, ordered)).ToArray();
        if (fitting.Length == 1) return fitting[0];
        var there = string.Join("; ", inventory.Disks.Select(disk => $"{disk.Name}: serial {disk.Serial ?? "-"}, wwn {disk.Wwn ?? "-"}, {disk.SizeBytes} bytes"));
        throw new AgentFailure(AgentFailureCodes.DiskNotFound,
            $"Looking for the disk with {ordered} and {ordered.SizeBytes} bytes: {fitting.Length} disks fit. There are: {(there.Length == 0 ? "none" : there)}");
    }

    /// <summary>Everything the order says must be so; a serial that fits with another WWN is another disk.</summary>
    public static bool Fits(BlockDevice disk, DiskIdentity ordered) =>
        disk.SizeBytes == ordered.SizeBytes
        && (ordered.Serial is not null || ordered.Wwn is not null)
        && (ordered.Serial is null || disk.Serial == ordered.Serial)
        && (ordered.Wwn is null || disk.Wwn == ordered.Wwn);

    /// <exception cref="AgentFailure"><see cref="AgentFailureCodes.DiskBusy"/> when it is mounted or something is stacked on it.</exception>
    public static void EnsureFree(BlockDevice disk, string attempt)
    {
        if (disk.Mounts.Count > 0)
            throw new AgentFailure(AgentFailureCodes.DiskBusy, $"{attempt}: it is mounted at {string.Join(", ", disk.Mounts)}");
        if (disk.Holders.Count > 0)
            throw new AgentFailure(AgentFailureCodes.DiskBusy, $"{attempt}: it is held by {string.Join(", ", disk.Holders)}");
    }

    /// <exception cref="AgentFailure">The disk is in use, changed, read only, or has sectors the image does not fit.</exception>
    public static void EnsureWritable(BlockDevice disk, WriteOrder order)
    {
        var attempt = $"Preparing to write {disk.Name} ({disk.Identity})";
        EnsureFree(disk, attempt);
        if (DiskState.Hash(disk) != order.DiskStateHash)
            throw new AgentFailure(AgentFailureCodes.DiskChanged, $"{attempt}: it is no longer as it was when it was chosen");
        if (disk.ReadOnly)
            throw new AgentFailure(AgentFailureCodes.DiskWrite, $"{attempt}: the kernel has it as read only");
        if (disk.LogicalSectorBytes != 512)
            throw new AgentFailure(AgentFailureCodes.ImageDoesNotFit, $"{attempt}: it has logical sectors of {disk.LogicalSectorBytes} bytes, the image's table counts in 512");
        if (order.Image.ExpandedBytes > disk.SizeBytes)
            throw new AgentFailure(AgentFailureCodes.ImageDoesNotFit, $"{attempt}: the image has {order.Image.ExpandedBytes} bytes, the disk {disk.SizeBytes}");
    }
    /// <summary>
    /// The disk itself is as it was chosen; this is about all the others. Of these the order has one digest, so which one differs
    /// is not known here.
    /// </summary>
    /// <exception cref="AgentFailure"><see cref="AgentFailureCodes.DiskChanged"/>.</exception>
    public static void EnsurePlan(HostInventory inventory, BlockDevice disk, WriteOrder order)
    {
        var now = PlanHash.Compute(order.Node, order.Disk, inventory.Disks, order.Image.Sha256);
        if (now != order.PlanHash)
            throw new AgentFailure(AgentFailureCodes.DiskChanged,
                $"Preparing to write {disk.Name} ({disk.Identity}): it is as it was chosen, but another disk of this machine is not, or one came or went: "
                + $"the plan was {order.PlanHash}, now it would be {now}. There are now: {string.Join("; ", inventory.Disks.Select(other => $"{other.Name} ({other.Identity})"))}");
    }
}
