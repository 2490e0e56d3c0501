using Kronform.Provision.Agent.Inventory.Signatures;
using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Inventory;

/// <summary>Puts one disk's description together.</summary>
internal sealed class DiskReader(HostRoots roots, IDiskDevices devices, Action<string> warn)
{
    public BlockDevice Read(DiskFolder disk, MountTable mounts)
    {
        var description = DiskDescription.Of(roots, disk);
        var (holders, points) = StackedDevices.Of(roots, disk, mounts);
        var described = new BlockDevice
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
            BusPath = description.BusPath,
            Modalias = description.Modalias,
            Uuid = description.Uuid,
            ByIdLinks = disk.Udev.ByIdLinks,
            Holders = holders,
            Mounts = points,
        };
        return WithContent(described, disk);
    }

    private BlockDevice WithContent(BlockDevice described, DiskFolder disk)
    {
        try
        {
            using var device = devices.OpenToRead(disk.Name);
            return described with
            {
                Partitions = PartitionReader.Read(device, disk.Partitions),
                Signatures = SignatureProbe.Probe(device, 0, device.SizeBytes, wholeDisk: true),
            };
        }
        catch (DiskIoException failure)
        {
            warn($"Looking at what is on {disk.Name}: {failure.Message}");
            return described with { Signatures = [new Signature(SignatureProbe.Unreadable, 0)] };
        }
    }
}
