using System.Net;
using Kronform.Provision.Cluster;
using Kronform.Provision.Failures;
using Kronform.Provision.Servers;

namespace Kronform.Provision.Runs;

/// <param name="Address">Where the node answers.</param>
/// <param name="Product">As Robot spells it, for instance <c>AX41-NVMe</c>.</param>
public sealed record CheckedServer(IPAddress Address, string Product);

/// <summary>What Robot says of the server before anything is asked of the server itself. Changes nothing.</summary>
public static class Preflight
{
    /// <summary>The node's address: provision.yaml's, which must be the server's, or the server's main IPv4.</summary>
    public static async Task<CheckedServer> CheckServerAsync(RunServices services, NodeSpec node, CancellationToken cancellation)
    {
        var server = await services.Robot.GetServerAsync(node.ServerNumber, cancellation);
        if (server.Cancelled) throw Unusable(node, "is cancelled");
        if (!server.IsReady) throw Unusable(node, "is still being set up by Hetzner");
        if (server.CanRescue == false) throw Unusable(node, "has no rescue system in Robot");
        if (server.CanReset == false) throw Unusable(node, "cannot be reset by Robot");
        services.Reporter.Note(node.Name, $"server {server.Number} \"{server.Name}\", {server.Product} in {server.Datacenter}");
        if (server.Name is { Length: > 0 } name && name != node.Name)
            services.Reporter.Note(node.Name, $"warning: Robot calls server {server.Number} \"{name}\", provision.yaml calls it \"{node.Name}\"");

        var address = node.Address ?? server.IPv4 ?? throw Unusable(node, "has no main IPv4 address; give its address in provision.yaml");
        if (!Owns(server, address))
            throw new ProvisionException(FailureCode.ServerUnusable, $"Address {address} of {node.Name} does not belong to server {node.ServerNumber}, which has {Addresses(server)}", "Correct server or address in provision.yaml: a reset would hit one machine and the image another.");
        await WarnOfFirewallAsync(services, node, cancellation);
        return new CheckedServer(address, server.Product);
    }

    private static async Task WarnOfFirewallAsync(RunServices services, NodeSpec node, CancellationToken cancellation)
    {
        if (await services.Robot.GetFirewallAsync(node.ServerNumber, cancellation) is not { } firewall) return;
        foreach (var block in FirewallCheck.Blocked(firewall, source: null))
            services.Reporter.Note(node.Name, $"warning: the Robot firewall of the server blocks {block.Port}/tcp ({block.Rule ?? "no rule accepts it"}); a server that needs the rescue system cannot be reached then");
    }

    internal static string Addresses(RobotServer server) =>
        string.Join(", ", server.Addresses.Select(a => a.ToString()).Concat(server.IPv6Net is { } net ? [$"{net}/64"] : []));

    /// <summary>Robot lists single addresses, and the server's own IPv6 network, of which every address is the server's.</summary>
    internal static bool Owns(RobotServer server, IPAddress address) =>
        server.Addresses.Contains(address) || address.Equals(server.IPv4)
        || (server.IPv6Net is { } net && address.AddressFamily == net.AddressFamily && address.GetAddressBytes().AsSpan(0, 8).SequenceEqual(net.GetAddressBytes().AsSpan(0, 8)));

    private static ProvisionException Unusable(NodeSpec node, string why) =>
        new(FailureCode.ServerUnusable, $"Server {node.ServerNumber} of {node.Name} {why}", null);
}
