using Google.Protobuf.WellKnownTypes;
using Kronform.Provision.Talos.Protos.Cosi;
using Kronform.Provision.Talos.Protos.Storage;

namespace Kronform.Provision.Talos;

/// <summary>Disks and what is on them: resources where the version has them, the older storage service where it has not.</summary>
public sealed partial class TalosClient
{
    /// <returns>Every disk, loop devices included, in the node's order.</returns>
    public async Task<IReadOnlyList<TalosDisk>> DisksAsync(CancellationToken cancellation)
    {
        try
        {
            var disks = new List<TalosDisk>();
            var request = new ListRequest { Namespace = RuntimeNamespace, Type = "Disks.block.talos.dev" };
            await foreach (var item in _channel.ServerStreamAsync(CosiState + "List", request, ListResponse.Parser, Question, cancellation))
                disks.Add(CosiResource.Disk(item.Resource));
            return disks;
        }
        catch (TalosRpcException e) when (IsUnknownType(e))
        {
            return [.. (await OldDisksAsync(cancellation)).Select(FromOld)];
        }
    }

    /// <returns>What Talos found on each disk and partition, in the node's order; null when this version does not tell (up to 1.6).</returns>
    public async Task<IReadOnlyList<TalosVolume>?> VolumesAsync(CancellationToken cancellation)
    {
        try
        {
            var volumes = new List<TalosVolume>();
            var request = new ListRequest { Namespace = RuntimeNamespace, Type = "DiscoveredVolumes.block.talos.dev" };
            await foreach (var item in _channel.ServerStreamAsync(CosiState + "List", request, ListResponse.Parser, Question, cancellation))
                volumes.Add(CosiResource.Volume(item.Resource));
            return volumes;
        }
        catch (TalosRpcException e) when (IsUnknownType(e))
        {
            return null;
        }
    }

    /// <returns>The disk Talos runs from, or null while it has not found out.</returns>
    public async Task<TalosSystemDisk?> SystemDiskAsync(CancellationToken cancellation)
    {
        try
        {
            var request = new GetRequest { Namespace = RuntimeNamespace, Type = "SystemDisks.block.talos.dev", Id = "system-disk" };
            var answer = await QuestionAsync(CosiState + "Get", request, GetResponse.Parser, cancellation);
            return CosiResource.SystemDisk(answer.Resource);
        }
        catch (TalosRpcException e) when (e.Code == GrpcCode.NotFound)
        {
            return null;
        }
        catch (TalosRpcException e) when (IsUnknownType(e))
        {
            var old = (await OldDisksAsync(cancellation)).FirstOrDefault(d => d.SystemDisk);
            return old is null ? null : new TalosSystemDisk(KernelName(old), old.DeviceName);
        }
    }

    private async Task<IReadOnlyList<Disk>> OldDisksAsync(CancellationToken cancellation)
    {
        var answer = await QuestionAsync("/storage.StorageService/Disks", new Empty(), DisksResponse.Parser, cancellation);
        return Only(answer.Messages, m => m.Metadata).Disks_;
    }

    private static TalosDisk FromOld(Disk disk) => new(
        KernelName(disk), disk.DeviceName, checked((long)disk.Size), disk.Serial.Trim(), disk.Wwid.Trim(), disk.Model.Trim(),
        disk.Type == Disk.Types.DiskType.Nvme ? "nvme" : "", disk.Type == Disk.Types.DiskType.Hdd, disk.Readonly,
        disk.Type == Disk.Types.DiskType.Cd)
    {
        BusPath = disk.BusPath,
        Modalias = disk.Modalias,
        Uuid = disk.Uuid,
    };

    // `name` is the SCSI name, mostly empty; the kernel's name is the device's path without /dev.
    private static string KernelName(Disk disk) => disk.DeviceName.Split('/')[^1];
}
