namespace Kronform.Provision.Talos;

/// <summary>How far a configured node is on its way to being a healthy member.</summary>
/// <param name="AwaitsBootstrap">Its etcd waits before the start: to be bootstrapped, or to find a cluster to join.</param>
/// <param name="Reason">What it waits for, or what makes it healthy; one clause for the operator.</param>
public sealed record NodeHealth(bool IsHealthy, bool AwaitsBootstrap, string Reason)
{
    /// <summary>It has no place in etcd yet.</summary>
    public bool IsJoining { get; init; } = AwaitsBootstrap;

    /// <summary>Every condition, in the order of <c>talosctl health</c>.</summary>
    public IReadOnlyList<HealthCondition> Conditions { get; init; } = [];

    /// <summary>True and worth saying, and no reason to call the node unhealthy.</summary>
    public IEnumerable<string> Notices => Conditions.Where(c => c.State == ConditionState.Warning).Select(c => c.Reason);

    /// <summary>The first condition that is waited for is the reason.</summary>
    public static NodeHealth Judge(HealthFacts facts)
    {
        var conditions = HealthConditions.Of(facts);
        var waiting = conditions.FirstOrDefault(c => c.State == ConditionState.Waiting);
        bool prepares = facts.ControlPlane && facts.Services.Any(s => s is { Id: "etcd", State: "Preparing" });
        string healthy = "stage running, all services healthy" + (facts.ControlPlane ? $", etcd member of {facts.Members?.Count ?? 0}" : "");
        return new NodeHealth(waiting is null, prepares, waiting?.Reason ?? healthy)
        {
            IsJoining = prepares || IsJoiningFor(facts, waiting),
            Conditions = conditions,
        };
    }

    private static bool IsJoiningFor(HealthFacts facts, HealthCondition? waiting) => waiting?.Name switch
    {
        "etcd-member" => true,
        "etcd-healthy" => facts.Services.Any(s => s is { Id: "etcd", State: "Waiting" or "Initialized" }),
        _ => false,
    };
}
