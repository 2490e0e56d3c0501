namespace Kronform.Provision.Talos;

/// <summary>How far a configured node is on its way to being a healthy member.</summary>
/// <param name="AwaitsBootstrap">Its etcd waits before the start: to be bootstrapped, or to find a cluster to join.</param>
/// <param name="Reason">What it waits for, or what makes it healthy; one clause for the operator.</param>
/// <param name="Notice">Something true and worth saying that does not make the node unhealthy.</param>
public sealed record NodeHealth(bool IsHealthy, bool AwaitsBootstrap, string Reason, string? Notice = null)
{
    /// <summary>It has no place in etcd yet.</summary>
    public bool IsJoining { get; init; } = AwaitsBootstrap;

    /// <summary>
    /// Judges one node by what it says of itself. Order matters: the first thing that is not yet so is the reason.
    /// </summary>
    /// <param name="controlPlane">Control planes also need etcd and trustd.</param>
    /// <param name="cniLater">The config installs no CNI: a node that is only NotReady for that is as healthy as it can be.</param>
    /// <param name="status">Stage and readiness.</param>
    /// <param name="services">All services of the node.</param>
    /// <param name="members">etcd members as this node knows them; null when it could not say.</param>
    /// <param name="hostname">Under which the node is an etcd member.</param>
    public static NodeHealth Judge(bool controlPlane, bool cniLater, TalosMachineStatus? status, IReadOnlyList<TalosService> services, IReadOnlyList<TalosEtcdMember>? members, string hostname)
    {
        var etcd = services.FirstOrDefault(s => s.Id == "etcd");
        if (controlPlane && etcd is { State: "Preparing" or "Waiting" or "Initialized" })
            return new NodeHealth(false, etcd.State == "Preparing", etcd.State == "Preparing" ? "etcd to be bootstrapped or to find a cluster to join" : "etcd to be ready to start") { IsJoining = true };

        string[] required = controlPlane ? ["apid", "machined", "kubelet", "etcd", "trustd"] : ["apid", "machined", "kubelet"];
        foreach (string id in required)
        {
            var service = services.FirstOrDefault(s => s.Id == id);
            if (service is null) return Waiting($"service {id} to appear");
            if (service.State != "Running") return Waiting($"service {id} to run (it is {service.State})");
            if (service.Health == TalosHealth.Unhealthy) return Waiting($"service {id} to be healthy");
        }

        if (status is null) return Waiting("the machine to tell its stage");
        if (status.Stage != TalosStage.Running) return Waiting($"the machine to reach stage running (it is {status.Stage.ToString().ToLowerInvariant()})");
        if (controlPlane)
        {
            if (members is null) return Waiting("etcd to list its members") with { IsJoining = true };
            var self = members.FirstOrDefault(m => m.Hostname == hostname);
            if (self is null) return Waiting($"{hostname} to be an etcd member") with { IsJoining = true };
            if (self.IsLearner) return Waiting($"etcd learner {hostname} to become a voter") with { IsJoining = true };
        }

        if (status.Ready) return new NodeHealth(true, false, "stage running, all services healthy" + Etcd(controlPlane, members));
        var unmet = status.Unmet.Where(c => !(cniLater && c.Name == "nodeReady")).ToList();
        if (unmet.Count == 0 && !cniLater) return Waiting("the machine to be ready");
        return unmet.Count > 0
            ? Waiting($"{unmet[0].Name}: {unmet[0].Reason}")
            : new NodeHealth(true, false, "stage running, all services healthy" + Etcd(controlPlane, members), "Kubernetes calls the node NotReady until a CNI is installed; the machine config leaves that to you");
    }

    private static NodeHealth Waiting(string reason) => new(false, false, reason);

    private static string Etcd(bool controlPlane, IReadOnlyList<TalosEtcdMember>? members) =>
        controlPlane ? $", etcd member of {members!.Count}" : "";
}
