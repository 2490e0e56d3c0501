using System.Net;
using Kronform.Provision.Cluster;
using Kronform.Provision.Servers;
using Kronform.Provision.Talos;

namespace Kronform.Provision.Runs;

/// <summary>What the cluster's other control planes know. Bootstrapping beside a running etcd makes a second cluster.</summary>
public static class ControlPlanes
{
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);

    /// <summary>
    /// What this node's etcd has to wait for instead of being bootstrapped, or null when no other control plane speaks against
    /// it. One that is configured and cannot be asked speaks against it; one that does not answer at all has no say, for on a
    /// cluster's first day none of them runs.
    /// </summary>
    public static async Task<string?> EtcdElsewhereAsync(NodeContext context, CancellationToken cancellation)
    {
        foreach (var other in Others(context))
        {
            switch (await AskAsync(context, other, cancellation))
            {
                case { Members: { Count: > 0 } }: return $"etcd to join the cluster that runs on {other.Name}";
                case { Configured: true, Members: null }: return $"{other.Name} to say whether it has etcd";
            }
        }

        return null;
    }

    /// <summary>The name of a control plane that has this node among its etcd members, or null.</summary>
    public static async Task<string?> KnowsAsync(NodeContext context, CancellationToken cancellation)
    {
        string hostname = (context.Config.Hostname?.Value ?? context.Node.Name).Split('.')[0];
        foreach (var other in Others(context))
        {
            if ((await AskAsync(context, other, cancellation)).Members?.Any(m => m.Hostname == hostname) == true) return other.Name;
        }

        return null;
    }

    /// <summary>Null when the node could not say.</summary>
    public static async Task<IReadOnlyList<TalosEtcdMember>?> MembersAsync(TalosClient talos, CancellationToken cancellation)
    {
        try
        {
            return await talos.EtcdMembersAsync(queryLocal: false, cancellation);
        }
        catch (TalosRpcException)
        {
            return null;
        }
    }

    private static IEnumerable<NodeSpec> Others(NodeContext context) =>
        context.Services.Cluster.Nodes.Where(n => n.Role == NodeRole.ControlPlane && n.Name != context.Node.Name);

    private sealed record Answer(bool Configured, IReadOnlyList<TalosEtcdMember>? Members);

    private static async Task<Answer> AskAsync(NodeContext context, NodeSpec other, CancellationToken cancellation)
    {
        var time = context.Services.Time;
        if (await AddressAsync(context, other, cancellation) is not { } address) return new Answer(false, null);
        if (await TalosProbe.ProbeAsync(address, TalosClient.DefaultPort, time, ProbeTimeout, cancellation) is not TalosProbeResult.WantsClientCertificate)
            return new Answer(false, null);
        try
        {
            using var talos = TalosClient.ForConfigured(address, TalosClient.DefaultPort, context.Services.Identity, time);
            var services = await talos.ServicesAsync(cancellation);
            // Its etcd waits as ours does: it was never a member.
            if (services.FirstOrDefault(s => s.Id == "etcd")?.State is "Preparing" or "Waiting" or "Initialized") return new Answer(true, []);
            return new Answer(true, await MembersAsync(talos, cancellation));
        }
        catch (Exception e) when (e is TalosRpcException or TalosTrustException)
        {
            return new Answer(true, null);
        }
    }

    private static async Task<IPAddress?> AddressAsync(NodeContext context, NodeSpec node, CancellationToken cancellation)
    {
        if (node.Address is { } written) return written;
        try
        {
            return (await context.Services.Robot.GetServerAsync(node.ServerNumber, cancellation)).IPv4;
        }
        catch (RobotException e) when (e.Status == 404)
        {
            return null;
        }
    }
}
