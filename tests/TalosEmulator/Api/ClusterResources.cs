using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Kronform.Provision.Talos.Protos.Cosi;

namespace Kronform.Provision.TalosEmulator.Api;

/// <summary>Resources about the cluster around a configured node, all of namespace <c>k8s</c>.</summary>
internal static class ClusterResources
{
    private static readonly string[] StaticPods = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"];

    /// <returns>Null for a type that is not of here.</returns>
    public static IEnumerable<Resource>? List(string type, ConfiguredNode node) => type switch
    {
        "NodeStatuses.kubernetes.talos.dev" => NodeStatus(node),
        "StaticPodStatuses.kubernetes.talos.dev" => RunsPods(node) && node.Etcd is not null ? StaticPods.Select(p => StaticPodStatus($"kube-system/{p}-{node.Hostname}")) : [],
        _ => null,
    };

    /// <summary>What the container runtime has of Kubernetes; the pods in the host's network need no CNI.</summary>
    public static IEnumerable<(string Pod, string Name)> Containers(ConfiguredNode node)
    {
        if (!RunsPods(node)) return [];
        string[] names = node.Etcd is null ? ["kube-proxy"] : [.. StaticPods, "kube-proxy"];
        return names.Select(n => ($"kube-system/{n}-{node.Hostname}", n));
    }

    /// <summary>The node as its kubelet reports it; nothing before the kubelet has.</summary>
    private static IEnumerable<Resource> NodeStatus(ConfiguredNode node)
    {
        if (!RunsPods(node)) return [];
        bool ready = !node.Status().Unmet.Any(u => u.Name == "nodeReady");
        return
        [
            Resource(
                "NodeStatuses.kubernetes.talos.dev", node.Hostname, new NodeStatusSpec { Nodename = node.Hostname, NodeReady = ready },
                $"nodename: {node.Hostname}\nnodeReady: {(ready ? "true" : "false")}\nunschedulable: false\nlabels: {{}}\nannotations: {{}}\n"),
        ];
    }

    /// <summary>A part of what Kubernetes has in a pod's status.</summary>
    private static Resource StaticPodStatus(string id)
    {
        var condition = new Struct { Fields = { ["type"] = Value.ForString("Ready"), ["status"] = Value.ForString("True") } };
        var status = new Struct { Fields = { ["phase"] = Value.ForString("Running"), ["conditions"] = Value.ForList(Value.ForStruct(condition)) } };
        return Resource(
            "StaticPodStatuses.kubernetes.talos.dev", id, new StaticPodStatusSpec { PodStatus = status },
            "conditions:\n    - lastProbeTime: null\n      status: \"True\"\n      type: Initialized\n    - lastProbeTime: null\n      status: \"True\"\n      type: Ready\nphase: Running\nqosClass: Burstable\n");
    }

    private static bool RunsPods(ConfiguredNode node) => node.Services().Any(s => s is { Id: "kubelet", Healthy: true });

    private static Resource Resource(string type, string id, IMessage spec, string yaml) => new()
    {
        Metadata = new Metadata { Namespace = "k8s", Type = type, Id = id, Version = "1", Phase = "running" },
        Spec = new Spec { ProtoSpec = spec.ToByteString(), YamlSpec = yaml },
    };
}
