using Kronform.Provision.Cluster;
using Kronform.Provision.Talos;

namespace Kronform.Provision.Runs.Joining;

/// <summary>Asks a node that runs with this cluster's CA how far it is, and the other control planes where that decides.</summary>
public static class ConfiguredLook
{
    /// <exception cref="TalosRpcException">It cannot be asked now.</exception>
    /// <exception cref="TalosTrustException">One side does not trust the other.</exception>
    public static async Task<Observation> AskAsync(NodeContext context, TalosClient talos, CancellationToken cancellation)
    {
        var version = await talos.VersionAsync(cancellation) as TalosVersionAnswer.Known;
        var status = await talos.MachineStatusAsync(cancellation);
        var services = await talos.ServicesAsync(cancellation);
        string hostname = await talos.HostnameAsync(cancellation);
        if (context.Config.Hostname is not null && hostname != context.Hostname)
        {
            // A node that has just taken its config keeps the name it made up for a moment, and one that boots has it for longer.
            if (status?.Stage is not TalosStage.Running)
                return Named(context, hostname, version?.Tag, status);
            return new Observation.ConfiguredForeign($"it calls itself \"{hostname}\", the machine config of {context.Node.Name} says \"{context.Config.Hostname.Value}\"");
        }

        bool controlPlane = context.Node.Role == NodeRole.ControlPlane;
        var facts = new HealthFacts
        {
            ControlPlane = controlPlane,
            Hostname = hostname,
            Minor = version is null ? int.MaxValue : TalosVersion.TryParse(version.Tag)?.Minor ?? int.MaxValue,
            NodeReadyRequired = context.Services.Cluster.Health.RequireNodeReady ?? context.Config.CniName != "none",
            Status = status,
            Services = services,
            Members = controlPlane ? await ControlPlanes.MembersAsync(talos, cancellation) : null,
        };
        var health = NodeHealth.Judge(facts);
        // The rest is asked only when nothing else is missing: it is many calls, and it changes little before.
        if (health.IsHealthy) health = NodeHealth.Judge(await CompleteAsync(context, talos, facts, cancellation));
        if (health.AwaitsBootstrap) health = await WaitingAsync(context, health, status, cancellation);
        return new Observation.Configured(health, $"Talos {(version is null ? "" : version.Tag + " ")}with this cluster's CA, {health.Reason}")
        {
            Version = version?.Tag,
            Stage = status?.Stage,
            Members = facts.Members,
        };
    }

    private static Observation.Configured Named(NodeContext context, string hostname, string? version, TalosMachineStatus? status)
    {
        var health = new NodeHealth(IsHealthy: false, AwaitsBootstrap: false, $"its host name to become {context.Hostname} (it calls itself \"{hostname}\")");
        return new Observation.Configured(health, $"Talos {(version is null ? "" : version + " ")}with this cluster's CA, waiting for {health.Reason}") { Version = version, Stage = status?.Stage };
    }

    private static async Task<HealthFacts> CompleteAsync(NodeContext context, TalosClient talos, HealthFacts facts, CancellationToken cancellation)
    {
        var answers = facts.ControlPlane ? await ControlPlanes.AskAsync(context, judgeSilence: false, cancellation) : [];
        return facts with
        {
            MembersElsewhere = facts.ControlPlane ? answers.OfType<ControlPlaneAnswer.Members>().ToDictionary(a => a.Node, a => a.List) : null,
            Strangers = facts.Members is { } members ? [.. members.Where(m => IsStranger(context, m)).Select(m => $"{m.Title} ({string.Join(", ", JoinWait.AddressesOf(m))})")] : null,
            Diagnostics = await talos.DiagnosticsAsync(cancellation),
            KubernetesNode = await talos.KubernetesNodeAsync(cancellation),
            StaticPods = facts.ControlPlane ? await talos.StaticPodsAsync(cancellation) : null,
            Memory = await ToldAsync(async () => (long?)await talos.MemoryBytesAsync(cancellation)),
            SystemDisk = await ToldAsync(() => SystemDiskAsync(talos, cancellation)),
            Containers = await ToldAsync(() => talos.ContainersAsync(cancellation)),
            WithoutKubeProxy = context.Config.WithoutKubeProxy,
        };
    }

    private static async Task<TalosDisk?> SystemDiskAsync(TalosClient talos, CancellationToken cancellation) =>
        await talos.SystemDiskAsync(cancellation) is { } system ? (await talos.DisksAsync(cancellation)).FirstOrDefault(d => d.Name == system.Name) : null;

    /// <summary>For what only informs: a node that does not answer it is none the worse for it.</summary>
    private static async Task<T?> ToldAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (TalosRpcException)
        {
            return default;
        }
    }

    private static bool IsStranger(NodeContext context, TalosEtcdMember member) => !ControlPlanes.IsOwn(context, member)
        && !context.Services.Cluster.Nodes.Any(n => n.Role == NodeRole.ControlPlane && (n.Name == member.Hostname || (n.Address is { } address && JoinWait.AddressesOf(member).Contains(address))));

    private static async Task<NodeHealth> WaitingAsync(NodeContext context, NodeHealth health, TalosMachineStatus? status, CancellationToken cancellation)
    {
        var plan = JoinOrBootstrap.Of(context.Node, context.Services.Cluster.BootstrapNode, await ControlPlanes.AskAsync(context, judgeSilence: true, cancellation));
        return plan switch
        {
            JoinOrBootstrap.Bootstrap => health,
            JoinOrBootstrap.Wait wait => health with { AwaitsBootstrap = false, Reason = wait.For },
            JoinOrBootstrap.Join join => health with { AwaitsBootstrap = false, Reason = await ControlPlanes.JoinReasonAsync(context, join, status, cancellation) },
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }
}
