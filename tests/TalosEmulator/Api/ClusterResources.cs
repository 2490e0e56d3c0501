using Google.Protobuf;
using Kronform.Provision.Talos.Protos.Cosi;

namespace Kronform.Provision.TalosEmulator.Api;

/// <summary>Resources about the cluster around a configured node.</summary>
internal static class ClusterResources
{
    /// <summary>The node as its kubelet reports it; nothing before the kubelet has.</summary>
    public static IEnumerable<Resource> NodeStatus(ConfiguredNode node)
    {
        if (!node.Services().Any(s => s is { Id: "kubelet", Healthy: true })) return [];
        bool ready = !node.Status().Unmet.Any(u => u.Name == "nodeReady");
        return
        [
            new Resource
            {
                Metadata = new Metadata { Namespace = "k8s", Type = "NodeStatuses.kubernetes.talos.dev", Id = node.Hostname, Version = "1", Phase = "running" },
                Spec = new Spec
                {
                    ProtoSpec = new NodeStatusSpec { Nodename = node.Hostname, NodeReady = ready }.ToByteString(),
                    YamlSpec = $"nodename: {node.Hostname}\nnodeReady: {(ready ? "true" : "false")}\nunschedulable: false\nlabels: {{}}\nannotations: {{}}\n",
                },
            },
        ];
    }
}
