using Kronform.Provision.Agent.Inventory.Health;
using Kronform.Provision.Agent.Inventory.Signatures;
using Kronform.Provision.Agent.Inventory.Stacks;
using Kronform.Provision.Agent.Inventory.Tables;
using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Inventory;

/// <summary>Puts one disk's description together.</summary>
internal sealed class DiskReader(HostRoots roots, IDiskDevices devices, DiskHealth health, Action<string> warn)
{
    public async Task<BlockDevice> ReadAsync(DiskFolder disk, MountTable mounts, CancellationToken cancellation)
    {
        var smart = health.OfAsync(disk.Name, cancellation);
        // Reads of a dying disk can take minutes each; they must not keep a cancellation waiting.
        var described = await Task.Factory.StartNew(
            () => WithContent(Describe(disk, mounts), disk), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(cancellation);
        return described with { Smart = await smart };
    }

    private BlockDevice Describe(DiskFolder disk, MountTable mounts)
    {
        var description = DiskDescription.Of(roots, disk);
        var (holders, points) = StackedDevices.Of(roots, disk, mounts);
        return new BlockDevice
        {
            Name = disk.Name,
            SizeBytes = disk.SizeBytes,
            LogicalSectorBytes = (int)(ValueFile.ReadNumber(disk.Folder, "queue/logical_block_size") ?? 512),
            PhysicalSectorBytes = (int)(ValueFile.ReadNumber(disk.Folder, "queue/physical_block_size") ?? 512),
            Model = description.Model,
            Vendor = description.Vendor,
            Serial = description.Serial,
            Wwn = description.Wwn,
            Transport = description.Transport,
            Rotational = ValueFile.ReadFlag(disk.Folder, "queue/rotational"),
            Removable = ValueFile.ReadFlag(disk.Folder, "removable"),
            ReadOnly = ValueFile.ReadFlag(disk.Folder, "ro"),
            Hctl = description.Hctl,
            BusPath = description.BusPath,
            Modalias = description.Modalias,
            Uuid = description.Uuid,
            ByIdLinks = disk.Udev.ByIdLinks,
            Holders = holders,
            Mounts = points,
        };
    }

    private BlockDevice WithContent(BlockDevice described, DiskFolder disk)
    {
        try
        {
            using var device = devices.OpenToRead(disk.Name);
            var partitions = PartitionReader.Read(device, disk.Partitions);
            return described with
            {
                Partitions = partitions,
                // A mark where a partition begins or ends can be taken for one of the disk; it is told once.
                Signatures = [.. SignatureProbe.Probe(device, 0, device.SizeBytes, wholeDisk: true)
                    .Except(partitions.SelectMany(partition => partition.Signatures))],
                BootCode = HasBootCode(device),
            };
        }
        catch (DiskIoException failure)
        {
            warn($"Looking at what is on {disk.Name}: {failure.Message}");
            return described with { Signatures = [new Signature(SignatureProbe.Unreadable, 0)] };
        }
    }

    private static bool HasBootCode(IDiskDevice device)
    {
        var first = new byte[512];
        try
        {
            if (device.SizeBytes >= first.Length) device.ReadAt(0, first);
        }
        catch (DiskIoException)
        {
            // The firmware cannot read it either, and the probe reports the place.
            return false;
        }
        return MbrTable.HasBootCode(first);
    }
}
