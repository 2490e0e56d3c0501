using Google.Protobuf.WellKnownTypes;
using Kronform.Provision.Talos.Protos.Cosi;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;
using static Kronform.Provision.Talos.CosiYaml;

namespace Kronform.Provision.Talos;

/// <summary>Reads the specs of resources about the cluster, from yaml_spec, else from proto_spec.</summary>
internal static class CosiCluster
{
    public static TalosDiagnostic Diagnostic(Resource resource)
    {
        string id = resource.Metadata?.Id ?? "";
        return Yaml(resource) is { } spec
            ? new TalosDiagnostic(id, Text(spec, "message"))
            : new TalosDiagnostic(id, DiagnosticSpec.Parser.ParseFrom(resource.Spec?.ProtoSpec).Message);
    }

    public static TalosKubernetesNode KubernetesNode(Resource resource)
    {
        string id = resource.Metadata?.Id ?? "";
        if (Yaml(resource) is { } spec)
            return new TalosKubernetesNode(Text(spec, "nodename") is { Length: > 0 } name ? name : id, Flag(spec, "nodeReady"), Flag(spec, "unschedulable"));
        var proto = NodeStatusSpec.Parser.ParseFrom(resource.Spec?.ProtoSpec);
        return new TalosKubernetesNode(proto.Nodename, proto.NodeReady, proto.Unschedulable);
    }

    /// <summary>A pod's status as Kubernetes words it; its id is namespace/name.</summary>
    public static TalosStaticPod StaticPod(Resource resource)
    {
        string id = resource.Metadata?.Id ?? "";
        if (Yaml(resource) is { } spec)
        {
            var ready = (Child(spec, "conditions") as YamlSequenceNode)?.Children.OfType<YamlMappingNode>().FirstOrDefault(c => Text(c, "type") == "Ready");
            return new TalosStaticPod(id, Text(spec, "phase"), ready is not null && Text(ready, "status") == "True", ready is null ? "" : Text(ready, "message"));
        }

        var status = StaticPodStatusSpec.Parser.ParseFrom(resource.Spec?.ProtoSpec).PodStatus ?? new Struct();
        var condition = Field(status, "conditions")?.ListValue?.Values.Select(v => v.StructValue).FirstOrDefault(c => c is not null && Field(c, "type")?.StringValue == "Ready");
        return new TalosStaticPod(id, Field(status, "phase")?.StringValue ?? "", condition is not null && Field(condition, "status")?.StringValue == "True", condition is null ? "" : Field(condition, "message")?.StringValue ?? "");
    }

    private static Value? Field(Struct map, string name) => map.Fields.TryGetValue(name, out var value) ? value : null;

    private static YamlMappingNode? Yaml(Resource resource)
    {
        if (string.IsNullOrWhiteSpace(resource.Spec?.YamlSpec)) return null;
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
