namespace Kronform.Provision.Talos;

/// <summary>Answers of one node, and of others about etcd, from which its health is judged. Null means: not asked or not told.</summary>
public sealed record HealthFacts
{
    public required bool ControlPlane { get; init; }

    /// <summary>Under which the node is an etcd member.</summary>
    public required string Hostname { get; init; }

    /// <summary>Minor version of Talos 1.x; the newest rules when it is not known.</summary>
    public int Minor { get; init; } = int.MaxValue;

    /// <summary>Whether Kubernetes must call the node Ready; false where the CNI is installed later.</summary>
    public required bool NodeReadyRequired { get; init; }

    public TalosMachineStatus? Status { get; init; }

    public required IReadOnlyList<TalosService> Services { get; init; }

    /// <summary>etcd members as this node knows them.</summary>
    public IReadOnlyList<TalosEtcdMember>? Members { get; init; }

    /// <summary>etcd members as the other control planes that could be asked know them, by node.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<TalosEtcdMember>>? MembersElsewhere { get; init; }

    /// <summary>Members that belong to no control plane of provision.yaml, for people.</summary>
    public IReadOnlyList<string>? Strangers { get; init; }

    /// <summary>From 1.8 on.</summary>
    public IReadOnlyList<TalosDiagnostic>? Diagnostics { get; init; }

    public TalosKubernetesNode? KubernetesNode { get; init; }

    /// <summary>Bytes.</summary>
    public long? Memory { get; init; }

    /// <summary>The disk Talos runs from.</summary>
    public TalosDisk? SystemDisk { get; init; }

    public IReadOnlyList<TalosStaticPod>? StaticPods { get; init; }

    /// <summary>What Kubernetes runs on this node.</summary>
    public IReadOnlyList<TalosContainer>? Containers { get; init; }

    /// <summary><c>cluster.proxy.disabled</c> of the machine config.</summary>
    public bool WithoutKubeProxy { get; init; }
}

/// <param name="Id">What Talos calls the trouble, for instance `address-overlap`.</param>
public sealed record TalosDiagnostic(string Id, string Message);

/// <param name="Id">Namespace and name: <c>kube-system/kube-apiserver-n1</c>.</param>
/// <param name="Phase"><c>Running</c>, <c>Pending</c>, …; empty when not told.</param>
/// <param name="Ready">Its condition of that name is true.</param>
/// <param name="Message">What Kubernetes says of the condition; mostly empty.</param>
public sealed record TalosStaticPod(string Id, string Phase, bool Ready, string Message);

/// <param name="Pod">Namespace and name of its pod.</param>
/// <param name="Status">As the container runtime words it: <c>CONTAINER_RUNNING</c>, <c>CONTAINER_EXITED</c>, …</param>
public sealed record TalosContainer(string Pod, string Name, string Status);

/// <summary>The node as Talos reads it from Kubernetes.</summary>
public sealed record TalosKubernetesNode(string Name, bool Ready, bool Unschedulable);
