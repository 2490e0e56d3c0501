using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Kronform.Provision.Talos.Protos.Cosi;
using Kronform.Provision.Talos.Protos.Storage;
using Kronform.Provision.TalosEmulator.Hardware;

namespace Kronform.Provision.TalosEmulator.Api;

/// <summary>The parts of the API that are the same in maintenance and configured: COSI resources and the older disk list.</summary>
internal sealed class ResourceApi(EmulatorOptions options, Func<IReadOnlyDictionary<byte, string>?> meta, Func<NodeStatus> status, StateFolder state)
{
    private const string RuntimeNamespace = "runtime";

    private static readonly TimeSpan WatchLook = TimeSpan.FromMilliseconds(50);

    private string SystemDiskName => (options.SystemDisk ?? "").Replace("/dev/", "", StringComparison.Ordinal);

    public static bool Serves(string path) => path is "/cosi.resource.State/Get" or "/cosi.resource.State/List" or "/cosi.resource.State/Watch" or "/storage.StorageService/Disks";

    public async Task HandleAsync(RpcCall call)
    {
        switch (call.Path)
        {
            case "/cosi.resource.State/Get":
                var get = call.Read(GetRequest.Parser);
                var found = Resources(get.Namespace, get.Type).FirstOrDefault(r => r.Metadata.Id == get.Id)
                    ?? throw new RpcFailure(RpcStatus.NotFound, $"resource {get.Type}({get.Namespace}/{get.Id}) doesn't exist");
                await call.SendAsync(new GetResponse { Resource = found });
                return;

            case "/cosi.resource.State/List":
                var list = call.Read(ListRequest.Parser);
                foreach (var resource in Resources(list.Namespace, list.Type).OrderBy(r => r.Metadata.Id, StringComparer.Ordinal))
                    await call.SendAsync(new ListResponse { Resource = resource });
                return;

            case "/cosi.resource.State/Watch":
                await WatchAsync(call, call.Read(WatchRequest.Parser));
                return;

            default:
                var disks = new Disks();
                disks.Disks_.AddRange(ReadDisks().Where(d => options.Release.HasDiskResources || IsListedByOldReleases(d)).Select(ToOldDisk));
                await call.SendAsync(new DisksResponse { Messages = { disks } });
                return;
        }
    }

    /// <summary>An empty answer first, then the one resource as it is, then its changes until the caller hangs up.</summary>
    private async Task WatchAsync(RpcCall call, WatchRequest watch)
    {
        if (!watch.HasId)
            throw new RpcFailure(RpcStatus.Unimplemented, "the emulator only watches one resource by its id");

        await call.SendAsync(new WatchResponse());
        string? told = null;
        var first = true;
        while (true)
        {
            var now = Resources(watch.Namespace, watch.Type).FirstOrDefault(r => r.Metadata.Id == watch.Id);
            if (first || now?.Spec.YamlSpec != told)
            {
                var kind = now is null ? Event.Types.Type.Destroyed : told is null ? Event.Types.Type.Created : Event.Types.Type.Updated;
                var tombstone = new Resource { Metadata = new Metadata { Namespace = watch.Namespace, Type = watch.Type, Id = watch.Id, Phase = "running" } };
                await call.SendAsync(new WatchResponse { Event = { new Event { EventType = kind, Resource = now ?? tombstone } } });
            }

            (told, first) = (now?.Spec.YamlSpec, false);
            await Task.Delay(WatchLook, TimeProvider.System, call.Aborted);
        }
    }

    public IReadOnlyList<EmulatedDisk> ReadDisks() =>
        options.DisksFile is { } file ? EmulatedDisk.ReadFile(file) : SysfsDisks.Read();

    private IEnumerable<Resource> Resources(string ns, string type)
    {
        if (type == "MachineConfigs.config.talos.dev")
            return ns == "config" && state.Read("config.yaml") is { } config ? [MachineConfig(config)] : [];
        var resources = type switch
        {
            "MachineStatuses.runtime.talos.dev" => [MachineStatus()],
            "MetaKeys.runtime.talos.dev" => (meta() ?? new Dictionary<byte, string>()).Select(MetaKey),
            "Versions.runtime.talos.dev" when options.Release.HasVersionResource => [Version()],
            "Diagnostics.runtime.talos.dev" when options.Release.HasDiagnostics => [],
            "Disks.block.talos.dev" when options.Release.HasDiskResources => ReadDisks().Select(Disk),
            "DiscoveredVolumes.block.talos.dev" when options.Release.HasVolumeResources => ReadDisks().SelectMany(Volumes),
            "SystemDisks.block.talos.dev" when options.Release.HasDiskResources => SystemDiskName.Length > 0 ? [SystemDisk()] : [],
            _ => throw new RpcFailure(RpcStatus.PermissionDenied, $"resource type \"{type}\" is not supported"),
        };
        return ns == RuntimeNamespace
            ? resources
            : throw new RpcFailure(RpcStatus.PermissionDenied, $"namespace \"{ns}\" is not supported");
    }

    // The YAML form differs by release and is not sent; nobody here reads it.
    private static Resource MachineConfig(byte[] config)
    {
        var resource = Resource("MachineConfigs.config.talos.dev", "v1alpha1", new Kronform.Provision.Talos.Protos.Config.MachineConfigSpec { YamlMarshalled = ByteString.CopyFrom(config) }, "");
        resource.Metadata.Namespace = "config";
        return resource;
    }

    private Resource MachineStatus()
    {
        var now = status();
        var spec = new MachineStatusSpec { Stage = now.Stage, Status = new() { Ready = now.Ready } };
        var yaml = new StringBuilder($"stage: {now.StageName}\nstatus:\n    ready: {Yaml(now.Ready)}\n    unmetConditions:");
        if (now.Unmet.Count == 0)
            yaml.Append(" []");
        foreach (var (name, reason) in now.Unmet)
        {
            spec.Status.UnmetConditions.Add(new MachineStatusSpec.Types.UnmetCondition { Name = name, Reason = reason });
            yaml.Append($"\n        - name: {name}\n          reason: {Yaml(reason)}");
        }

        return Resource("MachineStatuses.runtime.talos.dev", "machine", spec, yaml.Append('\n').ToString());
    }

    private Resource Version() =>
        Resource("Versions.runtime.talos.dev", "version", new VersionSpec { Version = options.Release.Tag }, $"version: {options.Release.Tag}\n");

    private static Resource MetaKey(KeyValuePair<byte, string> key) =>
        Resource("MetaKeys.runtime.talos.dev", $"0x{key.Key:x2}", new MetaKeySpec { Value = key.Value }, $"value: {Yaml(key.Value)}\n");

    private Resource SystemDisk() => Resource(
        "SystemDisks.block.talos.dev", "system-disk", new SystemDiskSpec { DiskId = SystemDiskName, DevPath = "/dev/" + SystemDiskName },
        $"diskID: {SystemDiskName}\ndevPath: /dev/{SystemDiskName}\n");

    private static Resource Disk(EmulatedDisk disk)
    {
        var spec = new DiskSpec
        {
            Size = (ulong)disk.Size, IoSize = (ulong)disk.SectorSize, SectorSize = (ulong)disk.SectorSize, Readonly = disk.Readonly,
            Model = disk.Model, Serial = disk.Serial, Wwid = disk.Wwid, BusPath = disk.BusPath, SubSystem = "/sys/class/block",
            Transport = disk.Transport, Rotational = disk.Rotational, Cdrom = disk.Cdrom, DevPath = "/dev/" + disk.Name,
        };
        var yaml = $"""
            dev_path: /dev/{disk.Name}
            size: {disk.Size}
            io_size: {disk.SectorSize}
            sector_size: {disk.SectorSize}
            readonly: {Yaml(disk.Readonly)}
            cdrom: {Yaml(disk.Cdrom)}
            model: {Yaml(disk.Model)}
            serial: {Yaml(disk.Serial)}
            wwid: {Yaml(disk.Wwid)}
            bus_path: {Yaml(disk.BusPath)}
            sub_system: /sys/class/block
            transport: {Yaml(disk.Transport)}
            rotational: {Yaml(disk.Rotational)}

            """;
        return Resource("Disks.block.talos.dev", disk.Name, spec, yaml);
    }

    private IEnumerable<Resource> Volumes(EmulatedDisk disk)
    {
        yield return Volume(disk.Name, new DiscoveredVolumeSpec
        {
            Size = (ulong)disk.Size, SectorSize = (ulong)disk.SectorSize, Name = disk.Content, Type = "disk", DevPath = "/dev/" + disk.Name,
        });
        foreach (var partition in disk.Partitions)
            yield return Volume(partition.Name, new DiscoveredVolumeSpec
            {
                Size = (ulong)partition.Size, SectorSize = (ulong)disk.SectorSize, Name = partition.Content, Type = "partition", DevPath = "/dev/" + partition.Name,
                Parent = disk.Name, ParentDevPath = "/dev/" + disk.Name, PartitionIndex = (uint)partition.Index, PartitionLabel = partition.Label,
                PartitionUuid = partition.PartUuid, Offset = options.Release.TellsVolumeOffsets ? (ulong)partition.Offset : 0,
            });
    }

    private static Resource Volume(string name, DiscoveredVolumeSpec spec) => Resource("DiscoveredVolumes.block.talos.dev", name, spec, $"""
        dev_path: {spec.DevPath}
        type: {spec.Type}
        size: {spec.Size}
        sector_size: {spec.SectorSize}
        name: {Yaml(spec.Name)}
        parent: {Yaml(spec.Parent)}
        parent_dev_path: {Yaml(spec.ParentDevPath)}
        partition_index: {spec.PartitionIndex}
        partition_label: {Yaml(spec.PartitionLabel)}
        partition_uuid: {Yaml(spec.PartitionUuid)}
        offset: {spec.Offset}

        """);

    private static Resource Resource(string type, string id, IMessage spec, string yaml) => new()
    {
        Metadata = new Metadata { Namespace = RuntimeNamespace, Type = type, Id = id, Version = "1", Phase = "running" },
        Spec = new Spec { ProtoSpec = spec.ToByteString(), YamlSpec = yaml },
    };

    private static string Yaml(bool value) => value ? "true" : "false";

    // A JSON string is a YAML double-quoted scalar.
    private static string Yaml(string value) => $"\"{JsonEncodedText.Encode(value)}\"";

    private static bool IsListedByOldReleases(EmulatedDisk disk) =>
        !((string[])["sg", "sr", "loop", "md", "dm-", "ram"]).Any(p => disk.Name.StartsWith(p, StringComparison.Ordinal));

    private Disk ToOldDisk(EmulatedDisk disk) => new()
    {
        Size = (ulong)disk.Size, Model = disk.Model, DeviceName = "/dev/" + disk.Name, Serial = disk.Serial, Wwid = disk.Wwid,
        BusPath = disk.BusPath, SystemDisk = disk.Name == SystemDiskName, Subsystem = "/sys/class/block", Readonly = disk.Readonly,
        Type = disk switch
        {
            { Cdrom: true } => Kronform.Provision.Talos.Protos.Storage.Disk.Types.DiskType.Cd,
            { Transport: "nvme" } => Kronform.Provision.Talos.Protos.Storage.Disk.Types.DiskType.Nvme,
            { Transport: "mmc" } => Kronform.Provision.Talos.Protos.Storage.Disk.Types.DiskType.Sd,
            { Rotational: true } => Kronform.Provision.Talos.Protos.Storage.Disk.Types.DiskType.Hdd,
            { Transport.Length: > 0 } => Kronform.Provision.Talos.Protos.Storage.Disk.Types.DiskType.Ssd,
            _ => Kronform.Provision.Talos.Protos.Storage.Disk.Types.DiskType.Unknown,
        },
    };
}
