using static Kronform.Provision.Talos.ConditionState;

namespace Kronform.Provision.Talos;

/// <summary>The part of a node's health that is about etcd.</summary>
internal static class EtcdConditions
{
    private static readonly string[] Names = ["etcd-healthy", "etcd-member", "etcd-members-consistent", "etcd-members-are-control-planes", "etcd-quorum"];

    public static IEnumerable<HealthCondition> Of(HealthFacts facts) => facts.ControlPlane
        ? [Healthy(facts), Member(facts), Consistent(facts), Strangers(facts), Quorum(facts.Members)]
        : Names.Select(n => new HealthCondition(n, Skipped, "workers have no etcd"));

    private static HealthCondition Healthy(HealthFacts facts)
    {
        var etcd = facts.Services.FirstOrDefault(s => s.Id == "etcd");
        return etcd?.State switch
        {
            "Preparing" => new("etcd-healthy", Waiting, "etcd to be bootstrapped or to find a cluster to join"),
            "Waiting" or "Initialized" => new("etcd-healthy", Waiting, $"etcd to be ready to start{(etcd.LastMessage.Length > 0 ? $" ({etcd.LastMessage})" : "")}"),
            _ => HealthConditions.Service(facts, "etcd"),
        };
    }

    private static HealthCondition Member(HealthFacts facts)
    {
        const string name = "etcd-member";
        if (facts.Members is not { } members) return new(name, Waiting, "etcd to list its members");
        return members.FirstOrDefault(m => m.Hostname == facts.Hostname) switch
        {
            null => new(name, Waiting, $"{facts.Hostname} to be an etcd member"),
            { IsLearner: true } => new(name, Waiting, $"etcd learner {facts.Hostname} to become a voter"),
            _ => new(name, Ok, "voter"),
        };
    }

    private static HealthCondition Consistent(HealthFacts facts)
    {
        const string name = "etcd-members-consistent";
        if (facts.Members is not { } own || facts.MembersElsewhere is not { } elsewhere) return new(name, NotAsked, "the others were not asked yet");
        if (elsewhere.Count == 0) return new(name, Skipped, "no other control plane with etcd answers");
        var ids = own.Select(m => m.Id).ToHashSet();
        return elsewhere.FirstOrDefault(e => !ids.SetEquals(e.Value.Select(m => m.Id))) is { Key: not null } other
            ? new(name, Waiting, $"etcd's member list here ({Text(own)}) to be that of {other.Key} ({Text(other.Value)})")
            : new(name, Ok, $"the same on {string.Join(", ", elsewhere.Keys)}");
    }

    private static HealthCondition Strangers(HealthFacts facts) => facts.Strangers switch
    {
        null => new("etcd-members-are-control-planes", NotAsked, "etcd has not listed its members yet"),
        { Count: > 0 } strangers => new("etcd-members-are-control-planes", Warning, $"etcd has members that are no control plane of provision.yaml: {string.Join(", ", strangers)}; a member that is gone still counts for the majority"),
        _ => new("etcd-members-are-control-planes", Ok, "every member is"),
    };

    private static HealthCondition Quorum(IReadOnlyList<TalosEtcdMember>? members) => members?.Count(m => !m.IsLearner) switch
    {
        null => new("etcd-quorum", NotAsked, "etcd has not listed its members yet"),
        2 => new("etcd-quorum", Warning, "etcd has two voters: losing either stops it, so a third control plane should follow"),
        1 => new("etcd-quorum", Ok, "one voter, the only one"),
        { } voters => new("etcd-quorum", Ok, $"{voters} voters, {(voters - 1) / 2} may be lost"),
    };

    private static string Text(IReadOnlyList<TalosEtcdMember> members) => string.Join(", ", members.Select(m => m.Hostname).Order(StringComparer.Ordinal));
}
