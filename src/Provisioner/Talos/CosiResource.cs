using Google.Protobuf;
using Kronform.Provision.Talos.Protos.Cosi;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using static Kronform.Provision.Talos.CosiYaml;

namespace Kronform.Provision.Talos;

/// <summary>
/// Reads the specs of Talos's resources: from yaml_spec, which every version sends, else from proto_spec. YAML key style differs
/// by resource and version, so a field can have several names.
/// </summary>
internal static class CosiResource
{
    /// <returns>The resource after each event; null where it is gone or not there yet.</returns>
    /// <exception cref="TalosRpcException">The node cannot go on with the watch.</exception>
    public static IEnumerable<Resource?> Changes(WatchResponse answer)
    {
        foreach (var change in answer.Event)
        {
            switch (change.EventType)
            {
                case Event.Types.Type.Created or Event.Types.Type.Updated:
                    yield return change.Resource;
                    break;
                case Event.Types.Type.Destroyed:
                    yield return null;
                    break;
                case Event.Types.Type.Errored:
                    throw new TalosRpcException(GrpcCode.Aborted, $"the watch ended: {change.Error}");
            }
        }
    }

    public static string MetaKey(Resource resource) =>
        Yaml(resource) is { } spec ? Text(spec, "value") : MetaKeySpec.Parser.ParseFrom(Proto(resource)).Value;

    public static string Version(Resource resource) =>
        Yaml(resource) is { } spec ? Text(spec, "version") : VersionSpec.Parser.ParseFrom(Proto(resource)).Version;

    public static TalosSystemDisk SystemDisk(Resource resource)
    {
        if (Yaml(resource) is { } spec)
            return new TalosSystemDisk(Text(spec, "diskID", "disk_id"), Text(spec, "devPath", "dev_path"));
        var proto = SystemDiskSpec.Parser.ParseFrom(Proto(resource));
        return new TalosSystemDisk(proto.DiskId, proto.DevPath);
    }

    public static TalosDisk Disk(Resource resource)
    {
        var name = resource.Metadata?.Id ?? "";
        return Yaml(resource) is { } spec ? CosiBlock.Disk(name, spec) : CosiBlock.Disk(name, DiskSpec.Parser.ParseFrom(Proto(resource)));
    }

    public static TalosVolume Volume(Resource resource)
    {
        var name = resource.Metadata?.Id ?? "";
        return Yaml(resource) is { } spec ? CosiBlock.Volume(name, spec) : CosiBlock.Volume(name, DiscoveredVolumeSpec.Parser.ParseFrom(Proto(resource)));
    }

    public static TalosMachineStatus MachineStatus(Resource resource)
    {
        if (Yaml(resource) is { } spec)
        {
            var status = Child(spec, "status") as YamlMappingNode;
            var unmet = status is null ? null : Child(status, "unmetConditions", "unmet_conditions") as YamlSequenceNode;
            return new TalosMachineStatus(
                Stage(Text(spec, "stage")),
                status is not null && Flag(status, "ready"),
                [.. (unmet?.Children ?? []).OfType<YamlMappingNode>().Select(c => new TalosUnmetCondition(Text(c, "name"), Text(c, "reason")))]);
        }

        var proto = MachineStatusSpec.Parser.ParseFrom(Proto(resource));
        return new TalosMachineStatus(
            Enum.IsDefined((TalosStage)proto.Stage) ? (TalosStage)proto.Stage : TalosStage.Unknown,
            proto.Status?.Ready ?? false,
            [.. (proto.Status?.UnmetConditions ?? []).Select(c => new TalosUnmetCondition(c.Name, c.Reason))]);
    }

    private static TalosStage Stage(string text) => text switch
    {
        "booting" => TalosStage.Booting,
        "installing" => TalosStage.Installing,
        "maintenance" => TalosStage.Maintenance,
        "running" => TalosStage.Running,
        "rebooting" => TalosStage.Rebooting,
        "shutting down" => TalosStage.ShuttingDown,
        "resetting" => TalosStage.Resetting,
        "upgrading" => TalosStage.Upgrading,
        _ => TalosStage.Unknown,
    };

    private static ByteString Proto(Resource resource) => resource.Spec?.ProtoSpec ?? ByteString.Empty;

    private static YamlMappingNode? Yaml(Resource resource)
    {
        if (string.IsNullOrWhiteSpace(resource.Spec?.YamlSpec))
            return null;

        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(resource.Spec.YamlSpec));
            return yaml.Documents is [{ RootNode: YamlMappingNode root }, ..] ? root : null;
        }
        catch (YamlException)
        {
            return null;
        }
    }
}
