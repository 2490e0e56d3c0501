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
