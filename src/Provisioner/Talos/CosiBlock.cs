using Kronform.Provision.Talos.Protos.Cosi;
using YamlDotNet.RepresentationModel;
using static Kronform.Provision.Talos.CosiYaml;

namespace Kronform.Provision.Talos;

/// <summary>Reads the specs of Talos's block resources (Talos source, pkg/machinery/resources/block). Keys are camelCase in 1.7.</summary>
internal static class CosiBlock
{
    public static TalosDisk Disk(string name, YamlMappingNode spec) => new(
        name, Text(spec, "dev_path", "devPath"), Number(spec, "size"), Text(spec, "serial").Trim(), Text(spec, "wwid").Trim(),
        Text(spec, "model").Trim(), Text(spec, "transport"), Flag(spec, "rotational"), Flag(spec, "readonly"), Flag(spec, "cdrom"))
    {
        SectorBytes = (int)Number(spec, "sector_size", "sectorSize"),
        IoBytes = (int)Number(spec, "io_size", "ioSize"),
        BusPath = Text(spec, "bus_path", "busPath"),
        Modalias = Text(spec, "modalias"),
        Uuid = Text(spec, "uuid"),
        Symlinks = Texts(spec, "symlinks"),
    };

    public static TalosDisk Disk(string name, DiskSpec spec) => new(
        name, spec.DevPath, checked((long)spec.Size), spec.Serial.Trim(), spec.Wwid.Trim(), spec.Model.Trim(), spec.Transport,
        spec.Rotational, spec.Readonly, spec.Cdrom)
    {
        SectorBytes = checked((int)spec.SectorSize),
        IoBytes = checked((int)spec.IoSize),
        BusPath = spec.BusPath,
        Modalias = spec.Modalias,
        Uuid = spec.Uuid,
        Symlinks = [.. spec.Symlinks],
    };

    public static TalosVolume Volume(string name, YamlMappingNode spec) => new(
        name, ParentOf(Text(spec, "parent"), Text(spec, "parent_dev_path", "parentDevPath")), Text(spec, "name"), Text(spec, "label"),
        Text(spec, "uuid"), Number(spec, "size"))
    {
        PartitionIndex = (int)Number(spec, "partition_index", "partitionIndex"),
        PartitionLabel = Text(spec, "partition_label", "partitionLabel"),
        PartitionUuid = Text(spec, "partition_uuid", "partitionUUID", "partitionUuid"),
        PartitionType = Text(spec, "partition_type", "partitionType"),
        OffsetBytes = Number(spec, "offset"),
    };

    public static TalosVolume Volume(string name, DiscoveredVolumeSpec spec) => new(
        name, ParentOf(spec.Parent, spec.ParentDevPath), spec.Name, spec.Label, spec.Uuid, checked((long)spec.Size))
    {
        PartitionIndex = checked((int)spec.PartitionIndex),
        PartitionLabel = spec.PartitionLabel,
        PartitionUuid = spec.PartitionUuid,
        PartitionType = spec.PartitionType,
        OffsetBytes = checked((long)spec.Offset),
    };

    private static string ParentOf(string parent, string parentPath) => parent.Length > 0 ? parent : parentPath.Split('/')[^1];
}
