using Google.Protobuf;
using Kronform.Provision.Talos.Protos.Cosi;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kronform.Provision.Talos;

/// <summary>
/// Reads the specs of Talos's resources: from yaml_spec, which every version sends, else from proto_spec. YAML key style differs
/// by resource and version, so a field can have several names.
/// </summary>
internal static class CosiResource
{
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
        if (Yaml(resource) is { } spec)
            return new TalosDisk(
                name, Text(spec, "dev_path", "devPath"), Number(spec, "size"), Text(spec, "serial").Trim(), Text(spec, "wwid").Trim(),
                Text(spec, "model").Trim(), Text(spec, "transport"), Flag(spec, "rotational"), Flag(spec, "readonly"), Flag(spec, "cdrom"));

        var proto = DiskSpec.Parser.ParseFrom(Proto(resource));
        return new TalosDisk(
            name, proto.DevPath, checked((long)proto.Size), proto.Serial.Trim(), proto.Wwid.Trim(), proto.Model.Trim(), proto.Transport,
            proto.Rotational, proto.Readonly, proto.Cdrom);
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

    private static YamlNode? Child(YamlMappingNode node, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (node.Children.TryGetValue(new YamlScalarNode(name), out var child))
                return child;
        }

        return null;
    }

    private static string Text(YamlMappingNode node, params ReadOnlySpan<string> names) => (Child(node, names) as YamlScalarNode)?.Value ?? "";

    private static long Number(YamlMappingNode node, string name) => long.TryParse(Text(node, name), out var number) ? number : 0;

    private static bool Flag(YamlMappingNode node, string name) => Text(node, name) == "true";
}
