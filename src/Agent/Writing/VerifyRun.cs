using Kronform.Provision.Agent.Events;
using Kronform.Provision.Agent.Imaging;
using Kronform.Provision.Agent.Imaging.Meta;
using Kronform.Provision.Agent.Inventory;
using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Writing;

/// <summary>Compares a disk with what an earlier run reported. Changes nothing.</summary>
internal sealed class VerifyRun(AgentWorld world, EventStream events)
{
    public async Task<DiskVerified> RunAsync(VerifyOrder order, CancellationToken cancellation)
    {
        var inventory = await new HostReader(world).ReadAsync(events, cancellation);
        var disk = OrderedDisk.Find(inventory, order.Disk);

        events.Step(AgentSteps.ReadBack, $"Reading {disk.Name} ({disk.Identity}) and comparing it");
        return await DiskFailure.AsAsync(AgentFailureCodes.ReadBack, $"Reading {disk.Name} ({disk.Identity})", async () =>
        {
            using var device = world.Devices.OpenToRead(disk.Name);
            var difference = NonceDifference(device, order) ?? await ContentDifferenceAsync(device, order, cancellation);
            return new DiskVerified { Disk = disk.Identity, Equal = difference is null, Difference = difference };
        });
    }

    private async Task<string?> ContentDifferenceAsync(IDiskDevice device, VerifyOrder order, CancellationToken cancellation)
    {
        using var progress = new ProgressMeter(events, AgentSteps.ReadBack, order.WrittenBytes, () => 0, world.Time);
        var sha256 = await DiskReadout.Sha256Async(device, order.WrittenBytes, _ => { }, progress, cancellation);
        return sha256 == order.WrittenSha256 ? null : $"the first {order.WrittenBytes} bytes have SHA-256 {sha256}, expected was {order.WrittenSha256}";
    }

    private static string? NonceDifference(IDiskDevice device, VerifyOrder order)
    {
        var metas = PartitionReader.FromTable(device).Where(partition => partition.Label == MetaArea.PartitionName).ToArray();
        if (metas.Length != 1) return $"there are {metas.Length} partitions named {MetaArea.PartitionName} instead of one";
        if (metas[0].SizeBytes < MetaArea.Bytes || metas[0].OffsetBytes + MetaArea.Bytes > device.SizeBytes) return "the META partition is too small";
        var area = new byte[MetaArea.Bytes];
        device.ReadAt(metas[0].OffsetBytes, area);
        return MetaArea.Nonce(area) switch
        {
            null => "META carries no boot nonce",
            var nonce when nonce != order.BootNonce => "META carries another boot nonce",
            _ => null,
        };
    }
}
