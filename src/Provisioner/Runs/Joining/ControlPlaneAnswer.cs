using Kronform.Provision.Talos;

namespace Kronform.Provision.Runs.Joining;

/// <summary>What one other control plane of provision.yaml says of etcd.</summary>
/// <param name="Node">Its name in provision.yaml.</param>
public abstract record ControlPlaneAnswer(string Node)
{
    /// <summary>No Talos with a machine config answers there.</summary>
    /// <param name="Suspicion">Why it may have etcd all the same (see <see cref="SilentControlPlane"/>); null when it has no say.</param>
    public sealed record Silent(string Node, string? Suspicion) : ControlPlaneAnswer(Node);

    /// <summary>A configured Talos that cannot be asked, or whose etcd does not list its members.</summary>
    public sealed record CannotTell(string Node, string Why) : ControlPlaneAnswer(Node);

    /// <summary>Its etcd waits before the start, without data: it never was a member.</summary>
    public sealed record NoEtcd(string Node) : ControlPlaneAnswer(Node);

    /// <param name="List">At least one.</param>
    public sealed record Members(string Node, IReadOnlyList<TalosEtcdMember> List) : ControlPlaneAnswer(Node);
}
