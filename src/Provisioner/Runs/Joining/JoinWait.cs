using System.Net;
using Kronform.Provision.Talos;

namespace Kronform.Provision.Runs.Joining;

/// <summary>What decides whether a waiting control plane finds the cluster that runs.</summary>
public sealed record JoinFacts
{
    /// <summary>The host of <c>cluster.controlPlane.endpoint</c>.</summary>
    public required string EndpointHost { get; init; }

    /// <summary>What the host resolves to, as seen from here; empty when it does not resolve.</summary>
    public required IReadOnlyList<IPAddress> EndpointAddresses { get; init; }

    /// <summary>The waiting node's own.</summary>
    public required IPAddress Own { get; init; }

    /// <summary>Control planes with etcd: name and every address it is known by.</summary>
    public required IReadOnlyList<(string Node, IReadOnlyList<IPAddress> Addresses)> Running { get; init; }

    /// <summary><c>cluster.discovery.enabled</c>.</summary>
    public required bool Discovery { get; init; }

    /// <summary>Host name of a member that is no voter yet; etcd takes one such at a time.</summary>
    public string? Learner { get; init; }

    /// <summary>What Talos says of the node's clock, when it is not in sync.</summary>
    public string? Clock { get; init; }
}

/// <summary>
/// Why a control plane that should join waits. Without discovery Talos looks for etcd only where the cluster's endpoint resolves
/// to (port 2379), and where Kubernetes lists its API servers once the node can read that.
/// </summary>
public static class JoinWait
{
    public static string Reason(JoinFacts facts)
    {
        string to = $"etcd to join the cluster that runs on {string.Join(", ", facts.Running.Select(r => r.Node))}";
        if (facts.Clock is { } clock) return $"{to}: its clock is not in sync ({clock})";
        if (facts.Learner is { } learner) return $"{to}: {learner} is a learner there, and etcd takes one at a time";
        if (facts.EndpointAddresses.Any(a => facts.Running.Any(r => r.Addresses.Contains(a)))) return to;
        string lost = facts switch
        {
            { EndpointAddresses.Count: 0 } => $"the endpoint {facts.EndpointHost} does not resolve",
            _ when facts.EndpointAddresses.All(a => a.Equals(facts.Own)) => $"the endpoint {facts.EndpointHost} leads to the node itself",
            _ => $"the endpoint {facts.EndpointHost} resolves to {string.Join(", ", facts.EndpointAddresses)}, and none of the members is there",
        };
        return facts.Discovery
            ? $"{to}: {lost}, so it depends on discovery (the node must reach https://discovery.talos.dev/)"
            : $"{to}: discovery is off and {lost}; only a load balancer there that passes 2379/tcp to a member would do";
    }

    /// <summary>Addresses in a member's URLs; names are left out.</summary>
    public static IEnumerable<IPAddress> AddressesOf(TalosEtcdMember member) => member.PeerUrls.Concat(member.ClientUrls)
        .Select(url => Uri.TryCreate(url, UriKind.Absolute, out var uri) && IPAddress.TryParse(uri.DnsSafeHost, out var address) ? address : null)
        .OfType<IPAddress>().Distinct();
}
