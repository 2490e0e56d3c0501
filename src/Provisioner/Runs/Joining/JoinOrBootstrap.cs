using Kronform.Provision.Cluster;

namespace Kronform.Provision.Runs.Joining;

/// <summary>
/// What becomes of an etcd that waits without data. Talos shows "to be bootstrapped" and "looking for a cluster" as the same state,
/// and has no lock against bootstrapping beside a running cluster: only the other control planes know.
/// </summary>
public abstract record JoinOrBootstrap
{
    private JoinOrBootstrap()
    {
    }

    public sealed record Bootstrap : JoinOrBootstrap;

    /// <summary>etcd runs on these; the node finds its way there by itself.</summary>
    public sealed record Join(IReadOnlyList<ControlPlaneAnswer.Members> Running) : JoinOrBootstrap;

    /// <summary>Nothing may be done about it now.</summary>
    public sealed record Wait(string For) : JoinOrBootstrap;

    /// <param name="marked">The node with the bootstrap mark; null when none carries it.</param>
    /// <param name="others">One answer of every other control plane.</param>
    public static JoinOrBootstrap Of(NodeSpec node, NodeSpec? marked, IReadOnlyList<ControlPlaneAnswer> others)
    {
        var running = others.OfType<ControlPlaneAnswer.Members>().ToList();
        if (running.Count > 0) return new Join(running);
        if (others.OfType<ControlPlaneAnswer.CannotTell>().FirstOrDefault() is { } unclear)
            return new Wait($"{unclear.Node} to say whether it has etcd ({unclear.Why})");
        if (others.OfType<ControlPlaneAnswer.Silent>().FirstOrDefault(s => s.Suspicion is not null) is { } hidden)
            return new Wait($"{hidden.Node} to say whether it has etcd: {hidden.Suspicion}");
        if (node.Bootstrap) return new Bootstrap();
        return marked is null
            ? new Wait("etcd to be bootstrapped: no other control plane has it, and no node of provision.yaml carries bootstrap: true")
            : new Wait($"etcd to be bootstrapped on {marked.Name}{(others.FirstOrDefault(o => o.Node == marked.Name) is ControlPlaneAnswer.Silent ? $", which is not configured yet or does not answer (provision {marked.Name})" : "")}");
    }
}
