using static Kronform.Provision.Talos.ConditionState;

namespace Kronform.Provision.Talos;

/// <summary>What one node can say of Kubernetes' own parts: those it runs itself. No Kubernetes client is needed for it.</summary>
internal static class KubernetesConditions
{
    private const string NotHere = "runs on control planes";

    private static readonly string[] Kubernetes = ["kube-system/kube-apiserver-", "kube-system/kube-controller-manager-", "kube-system/kube-scheduler-"];

    public static HealthCondition StaticPods(HealthFacts facts)
    {
        const string name = "static-pods-running";
        if (!facts.ControlPlane) return new(name, Skipped, NotHere);
        if (facts.Status?.Unmet.FirstOrDefault(u => u.Name == "staticPods") is { } unmet) return new(name, Waiting, $"static pods ({unmet.Reason})");
        if (Own(facts).FirstOrDefault(p => p.Phase is not ("Running" or "")) is { } other) return new(name, Waiting, $"static pod {other.Id} to run (it is {other.Phase})");
        return facts.Status is { Stage: TalosStage.Running } ? new(name, Ok, "the machine says so") : new(name, NotAsked, "the machine has not booted yet");
    }

    /// <summary>API server, controller manager and scheduler of this node, as its kubelet reports them.</summary>
    public static HealthCondition Components(HealthFacts facts)
    {
        const string name = "control-plane-components-ready";
        if (!facts.ControlPlane) return new(name, Skipped, NotHere);
        var pods = Own(facts).ToList();
        if (pods.Count == 0) return new(name, NotAsked, "Talos did not tell the state of its static pods");
        return pods.FirstOrDefault(p => !p.Ready) is { } sick
            ? new(name, Waiting, $"{sick.Id} to be ready{(sick.Message.Length > 0 ? $" ({sick.Message})" : "")}")
            : new(name, Ok, string.Join(", ", pods.Select(p => p.Id.Split('/')[^1]).Order(StringComparer.Ordinal)));
    }

    /// <summary>
    /// Kubernetes calls it ready once its container runs, as it has no probe of its own. Whether it should run here Kubernetes alone knows
    /// (another CNI may do its work), so that it is missing proves nothing.
    /// </summary>
    public static HealthCondition Proxy(HealthFacts facts)
    {
        const string name = "kube-proxy-ready";
        if (facts.WithoutKubeProxy) return new(name, Skipped, "the machine config disables it");
        if (facts.Containers is not { } containers) return new(name, NotAsked, "Talos did not tell which containers run");
        var own = containers.Where(c => c.Name == "kube-proxy").ToList();
        return own.Count == 0 ? new(name, NotAsked, "no kube-proxy is on this node, and only Kubernetes knows whether one should be")
            : own.Any(c => c.Status == "CONTAINER_RUNNING") ? new(name, Ok, "its container runs on this node")
            : new(name, Warning, $"kube-proxy does not run on this node (its container is {own[0].Status})");
    }

    /// <summary>Operators may have static pods of their own (<c>machine.pods</c>), which are theirs to watch.</summary>
    private static IEnumerable<TalosStaticPod> Own(HealthFacts facts) =>
        (facts.StaticPods ?? []).Where(p => Kubernetes.Any(k => p.Id.StartsWith(k, StringComparison.Ordinal)));
}
