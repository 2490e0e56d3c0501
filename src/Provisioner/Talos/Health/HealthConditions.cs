using static Kronform.Provision.Talos.ConditionState;

namespace Kronform.Provision.Talos;

/// <summary>
/// The assertions of <c>talosctl health</c> in its order (pkg/cluster/check of Talos), as far as one node can answer for them over
/// the Talos API. What would need a Kubernetes client is listed as not asked, so that nobody takes silence for health.
/// </summary>
public static class HealthConditions
{
    public static IReadOnlyList<HealthCondition> Of(HealthFacts facts) =>
    [
        .. EtcdConditions.Of(facts),
        Service(facts, "apid"),
        SizeConditions.Memory(facts),
        SizeConditions.Disk(facts.SystemDisk),
        Diagnostics(facts),
        Service(facts, "machined"),
        Service(facts, "kubelet"),
        facts.ControlPlane ? Service(facts, "trustd") : new("trustd-healthy", Skipped, "workers have none"),
        Boot(facts.Status),
        .. Machine(facts),
        Reported(facts),
        KubernetesConditions.StaticPods(facts),
        KubernetesConditions.Components(facts),
        NodeReady(facts),
        KubernetesConditions.Proxy(facts),
        // Its pods run anywhere, and only Kubernetes knows where: the node they should be on may be another one.
        new("coredns-ready", NotAsked, "only Kubernetes knows on which nodes it should run"),
        Schedulable(facts.KubernetesNode),
    ];

    internal static HealthCondition Service(HealthFacts facts, string id)
    {
        string name = id + "-healthy";
        var service = facts.Services.FirstOrDefault(s => s.Id == id);
        if (service is null) return new(name, Waiting, $"service {id} to appear");
        if (service.State != "Running") return new(name, Waiting, $"service {id} to run (it is {service.State}{(service.LastMessage.Length > 0 ? $": {service.LastMessage}" : "")})");
        return service.Health == TalosHealth.Unhealthy
            ? new(name, Waiting, $"service {id} to be healthy{(service.LastMessage.Length > 0 ? $" ({service.LastMessage})" : "")}")
            : new(name, Ok, "runs");
    }

    private static HealthCondition Diagnostics(HealthFacts facts) => facts switch
    {
        { Minor: < 8 } => new("no-diagnostics", Skipped, "Talos has them from 1.8 on"),
        { Diagnostics: null } => new("no-diagnostics", NotAsked, "Talos did not tell them"),
        { Diagnostics: { Count: > 0 } found } => new("no-diagnostics", Warning, string.Join("; ", found.Select(d => $"{d.Id}: {d.Message}"))),
        _ => new("no-diagnostics", Ok, "none"),
    };

    private static HealthCondition Boot(TalosMachineStatus? status) => status switch
    {
        null => new("boot-finished", Waiting, "the machine to tell its stage"),
        { Stage: TalosStage.Running } => new("boot-finished", Ok, "stage running"),
        _ => new("boot-finished", Waiting, $"the machine to reach stage running (it is {status.Stage.ToString().ToLowerInvariant()})"),
    };

    /// <summary>What keeps the machine from being ready, other than what has a condition of its own.</summary>
    private static IEnumerable<HealthCondition> Machine(HealthFacts facts)
    {
        if (facts.Status is not { } status) yield break;
        var unmet = status.Unmet.Where(u => u.Name is not ("nodeReady" or "staticPods")).ToList();
        if (unmet.Count > 0) yield return new("machine-ready", Waiting, $"{unmet[0].Name}: {unmet[0].Reason}");
        else if (!status.Ready && status.Unmet.Count == 0 && facts.NodeReadyRequired) yield return new("machine-ready", Waiting, "the machine to be ready");
        else yield return new("machine-ready", Ok, "time, network and services are");
    }

    private static HealthCondition Reported(HealthFacts facts) => facts.KubernetesNode is { } node
        ? new("kubernetes-node-reported", Ok, $"as {node.Name}")
        : new("kubernetes-node-reported", NotAsked, "Talos did not tell the node's state in Kubernetes");

    private static HealthCondition NodeReady(HealthFacts facts)
    {
        const string name = "kubernetes-node-ready";
        var unmet = facts.Status?.Unmet.FirstOrDefault(u => u.Name == "nodeReady");
        if (unmet is null && facts.KubernetesNode is null)
            return facts.Status is { Ready: true } && facts.Minor >= 5 ? new(name, Ok, "the machine says so") : new(name, NotAsked, "Talos did not tell");
        if (unmet is null && facts.KubernetesNode is null or { Ready: true }) return new(name, Ok, "Ready");
        string reason = unmet?.Reason ?? "Kubernetes calls the node NotReady";
        return facts.NodeReadyRequired
            ? new(name, Waiting, $"nodeReady: {reason}")
            : new(name, Warning, $"Kubernetes calls the node NotReady, as it does until a CNI is installed ({reason})");
    }

    private static HealthCondition Schedulable(TalosKubernetesNode? node) => node switch
    {
        null => new("node-schedulable", NotAsked, "Talos did not tell the node's state in Kubernetes"),
        { Unschedulable: true } => new("node-schedulable", Warning, "the node is cordoned: kubectl uncordon " + node.Name),
        _ => new("node-schedulable", Ok, "not cordoned"),
    };
}
