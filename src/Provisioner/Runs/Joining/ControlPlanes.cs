using System.Net;
using System.Net.Sockets;
using Kronform.Provision.Cluster;
using Kronform.Provision.Failures;
using Kronform.Provision.Servers;
using Kronform.Provision.Talos;

namespace Kronform.Provision.Runs.Joining;

/// <summary>What the cluster's other control planes know. Bootstrapping beside a running etcd makes a second cluster.</summary>
public static class ControlPlanes
{
    private const int SshPort = 22;

    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Linux asks three times, a second apart, who has an address before it says that nobody does.</summary>
    private static readonly TimeSpan NeighbourTimeout = TimeSpan.FromSeconds(4);

    /// <summary>One answer of every other control plane, asked side by side.</summary>
    /// <param name="judgeSilence">
    /// Whether to find out what silence means, which takes seconds and Robot's budget; otherwise nothing is suspected of a silent one.
    /// </param>
    public static async Task<IReadOnlyList<ControlPlaneAnswer>> AskAsync(NodeContext context, bool judgeSilence, CancellationToken cancellation) =>
        await Task.WhenAll(Others(context).Select(other => AskAsync(context, other, judgeSilence, cancellation)));

    /// <summary>Why the node's host name must not join, or null; see <see cref="Namesake"/>.</summary>
    public static async Task<ProvisionException?> NamesakeAsync(NodeContext context, CancellationToken cancellation)
    {
        if (context.Node.Role != NodeRole.ControlPlane) return null;
        var answers = await AskAsync(context, judgeSilence: false, cancellation);
        var addresses = new Dictionary<IPAddress, string>();
        foreach (var other in Others(context))
        {
            if (await context.Services.Servers.AddressAsync(other, cancellation) is { } address) addresses[address] = other.Name;
        }

        return Namesake.Refusal(context.Node.Name, context.Hostname, [context.Address], SilentControlPlane.PastOf(context.Services.State, context.Node.Name) == ControlPlanePast.WasHealthy, addresses,
            answers.OfType<ControlPlaneAnswer.Members>().SelectMany(a => a.List).DistinctBy(m => m.Id));
    }

    /// <summary>Why the node's etcd waits although others run it.</summary>
    public static async Task<string> JoinReasonAsync(NodeContext context, JoinOrBootstrap.Join join, TalosMachineStatus? status, CancellationToken cancellation)
    {
        var running = new List<(string, IReadOnlyList<IPAddress>)>();
        foreach (var answer in join.Running)
        {
            var spec = context.Services.Cluster.FindNode(answer.Node);
            var own = answer.List.Where(m => m.Hostname == answer.Node).SelectMany(JoinWait.AddressesOf).ToList();
            if (await context.Services.Servers.AddressAsync(spec, cancellation) is { } address) own.Add(address);
            running.Add((answer.Node, own));
        }

        var endpoint = EndpointOf(context);
        return JoinWait.Reason(new JoinFacts
        {
            EndpointHost = endpoint.Host,
            EndpointAddresses = await ResolveAsync(endpoint.DnsSafeHost, cancellation),
            Own = context.Address,
            Running = running,
            Discovery = DiscoverySetting.IsOn(context.Config),
            Learner = join.Running.SelectMany(r => r.List).FirstOrDefault(m => m.IsLearner && !IsOwn(context, m))?.Title,
            Clock = status?.Unmet.FirstOrDefault(u => u.Name == "time")?.Reason,
        });
    }

    /// <summary>The Kubernetes endpoint, of which Talos uses the host to find the first control plane.</summary>
    public static Uri EndpointOf(NodeContext context) =>
        context.Config.Endpoint is { } text && Uri.TryCreate(text.Value, UriKind.Absolute, out var uri) ? uri : context.Services.Cluster.Endpoint;

    /// <summary>Empty when it does not resolve.</summary>
    public static async Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellation)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(host, cancellation);
        }
        catch (SocketException)
        {
            return [];
        }
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

    /// <summary>Before it has started a member has an address and no name.</summary>
    public static bool IsOwn(NodeContext context, TalosEtcdMember member) =>
        member.Hostname == context.Hostname || (member.Hostname.Length == 0 && JoinWait.AddressesOf(member).Contains(context.Address));

    private static IEnumerable<NodeSpec> Others(NodeContext context) =>
        context.Services.Cluster.Nodes.Where(n => n.Role == NodeRole.ControlPlane && n.Name != context.Node.Name);

    private static async Task<ControlPlaneAnswer> AskAsync(NodeContext context, NodeSpec other, bool judgeSilence, CancellationToken cancellation)
    {
        var services = context.Services;
        IPAddress? address;
        try
        {
            address = await services.Servers.AddressAsync(other, cancellation);
        }
        catch (RobotException e)
        {
            return new ControlPlaneAnswer.CannotTell(other.Name, $"its address is not in provision.yaml, and Robot cannot be asked: {e.Message}");
        }

        if (address is null) return new ControlPlaneAnswer.CannotTell(other.Name, "neither provision.yaml nor Robot gives its address");
        var probe = await TalosProbe.ProbeAsync(address, TalosClient.DefaultPort, services.Time, ProbeTimeout, cancellation);
        if (probe is not TalosProbeResult.WantsClientCertificate)
            return new ControlPlaneAnswer.Silent(other.Name, judgeSilence ? await SuspicionAsync(services, other, address, probe, cancellation) : null);
        try
        {
            using var talos = TalosClient.ForConfigured(address, TalosClient.DefaultPort, services.Identity, services.Time);
            var etcd = (await talos.ServicesAsync(cancellation)).FirstOrDefault(s => s.Id == "etcd");
            // At every boot a member's etcd goes through these states too, so they alone do not say that it never was one.
            if (etcd?.State is "Waiting" or "Initialized") return new ControlPlaneAnswer.CannotTell(other.Name, $"its etcd is not ready to start{(etcd.LastMessage.Length > 0 ? $": {etcd.LastMessage}" : "")}");
            if (etcd?.State is "Preparing")
            {
                return await talos.HasEtcdDataAsync(cancellation)
                    ? new ControlPlaneAnswer.CannotTell(other.Name, "its etcd has data and is about to start")
                    : new ControlPlaneAnswer.NoEtcd(other.Name);
            }

            // Without a majority only the node's own copy is to be had, and it tells enough.
            var members = await MembersAsync(talos, cancellation) ?? await talos.EtcdMembersAsync(queryLocal: true, cancellation);
            return members.Count > 0
                ? new ControlPlaneAnswer.Members(other.Name, members)
                : new ControlPlaneAnswer.CannotTell(other.Name, "its etcd lists no members");
        }
        catch (Exception e) when (e is TalosRpcException or TalosTrustException)
        {
            return new ControlPlaneAnswer.CannotTell(other.Name, e.Message);
        }
    }

    /// <summary>Robot is asked only of a machine of which nothing at all is heard.</summary>
    private static async Task<string?> SuspicionAsync(RunServices services, NodeSpec other, IPAddress address, TalosProbeResult talos, CancellationToken cancellation)
    {
        var past = SilentControlPlane.PastOf(services.State, other.Name);
        if (talos is not TalosProbeResult.NoAnswer { Reason: NoAnswerReason.TimedOut or NoAnswerReason.Unreachable })
            return SilentControlPlane.Suspicion(past, new SilentSigns(talos, "", ServerSigns.None));
        string? ssh = await PortLook.RefusalAsync(address, SshPort, NeighbourTimeout, services.Time, cancellation);
        return SilentControlPlane.Suspicion(past, new SilentSigns(talos, ssh, ssh is null ? ServerSigns.None : await services.Servers.SignsAsync(other, cancellation)));
    }
}
