using Kronform.Provision.Failures;
using Kronform.Provision.Ssh;

namespace Kronform.Provision.Cluster;

/// <summary>What provision.yaml says, checked as far as a file can be checked without looking at anything else.</summary>
public sealed record ClusterSpec
{
    /// <summary>Path of provision.yaml as given.</summary>
    public required string File { get; init; }

    public required string Name { get; init; }

    /// <summary>The Kubernetes API, <c>https://…:6443</c>.</summary>
    public required Uri Endpoint { get; init; }

    public required TalosVersion TalosVersion { get; init; }

    /// <summary>Path of a talosconfig for the cluster; only needed where no machine config holds the key of the Talos CA.</summary>
    public string? Talosconfig { get; init; }

    public required RobotAccess Robot { get; init; }

    public required SshKey Ssh { get; init; }

    public required ImageReference Image { get; init; }

    public HealthRules Health { get; init; } = new();

    /// <summary>In the order of the file; at least one.</summary>
    public required IReadOnlyList<NodeSpec> Nodes { get; init; }

    /// <summary>The control plane that may be bootstrapped; null when the cluster already runs.</summary>
    public NodeSpec? BootstrapNode => Nodes.FirstOrDefault(n => n.Bootstrap);

    /// <exception cref="ProvisionException"><see cref="FailureCode.UnknownNode"/>, with the names that are known.</exception>
    public NodeSpec FindNode(string name)
    {
        if (Nodes.FirstOrDefault(n => n.Name == name) is { } node) return node;
        var nearest = NearestName.Of(name, Nodes.Select(n => n.Name));
        throw new ProvisionException(FailureCode.UnknownNode,
            $"{File} has no node \"{name}\"; it has {string.Join(", ", Nodes.Select(n => n.Name))}. Nothing was touched",
            nearest is null ? $"Add {name} under nodes, or name one that is there." : $"Did you mean {nearest}?");
    }
}

/// <summary>What a node needs to be called healthy, beyond what every node needs.</summary>
public sealed record HealthRules
{
    /// <summary>Whether Kubernetes must call the node Ready. Null: where the machine config installs a CNI.</summary>
    public bool? RequireNodeReady { get; init; }
}

public enum NodeRole
{
    ControlPlane,
    Worker,
}

public static class NodeRoles
{
    /// <summary>The spelling of Talos and of provision.yaml.</summary>
    public static string Spelling(this NodeRole role) => role == NodeRole.ControlPlane ? "controlplane" : "worker";

    public static NodeRole? TryParse(string text) => text switch
    {
        "controlplane" => NodeRole.ControlPlane,
        "worker" => NodeRole.Worker,
        _ => null,
    };
}

public sealed record NodeSpec
{
    public required string Name { get; init; }

    /// <summary>Robot's number of the server.</summary>
    public required int ServerNumber { get; init; }

    /// <summary>Null: the main IPv4 address that Robot reports.</summary>
    public System.Net.IPAddress? Address { get; init; }

    public required NodeRole Role { get; init; }

    /// <summary>The Talos machine config, or the base of one; a relative path in the file is relative to the file's folder.</summary>
    public required string ConfigPath { get; init; }

    /// <summary>What is merged into it, in this order: the cluster's patches, those of the role, the node's own.</summary>
    public IReadOnlyList<string> Patches { get; init; } = [];

    public bool Bootstrap { get; init; }

    public DiskOverride? Disk { get; init; }

    /// <summary>Where the node stands in provision.yaml.</summary>
    public required int Line { get; init; }

    public required int Column { get; init; }
}

/// <summary>Names the system disk in provision.yaml; narrows the machine config's selector and may not contradict it.</summary>
/// <param name="Serial">Exactly one of both is set.</param>
/// <param name="Wwid">In the rescue system's spelling (<c>0x5…</c>) or Talos's (<c>naa.5…</c>).</param>
/// <param name="Line">Where it stands in provision.yaml.</param>
/// <param name="Column">Likewise.</param>
public sealed record DiskOverride(string? Serial, string? Wwid, int Line, int Column)
{
    public override string ToString() => Serial is not null ? $"serial: {Serial}" : $"wwid: {Wwid}";
}

public sealed record RobotAccess(Uri Url, SecretReference Username, SecretReference Password);
