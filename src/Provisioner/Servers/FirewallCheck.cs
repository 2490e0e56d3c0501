using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Kronform.Provision.Servers;

/// <param name="Rule">The rule that discards, described for the operator; null when no rule accepts.</param>
public sealed record FirewallBlock(int Port, string? Rule);

/// <summary>
/// Whether Robot's firewall keeps us from a TCP port of the server. Claims a block only when it is certain: where the answer
/// depends on something unknown (our address as Hetzner sees it, our source port), the doubt counts as open.
/// </summary>
public static class FirewallCheck
{
    /// <summary>SSH of the rescue system, and the Talos API.</summary>
    public static readonly IReadOnlyList<int> NeededPorts = [22, 50000];

    // Linux opens connections from these ports unless told otherwise (ip_local_port_range).
    private static readonly (int Low, int High) OurPorts = (32768, 60999);

    private enum Match { No, Maybe, Yes }

    /// <summary>Those of <see cref="NeededPorts"/> that cannot be reached.</summary>
    public static IReadOnlyList<FirewallBlock> Blocked(RobotFirewall firewall, IPAddress? source) =>
        [.. NeededPorts.Select(port => Blocked(firewall, source, port)).OfType<FirewallBlock>()];

    /// <summary>Null when the port is open, or may be.</summary>
    /// <param name="source">Our address as the server sees it; null when unknown, then IPv4 is assumed.</param>
    public static FirewallBlock? Blocked(RobotFirewall firewall, IPAddress? source, int port)
    {
        if (source is { IsIPv4MappedToIPv6: true })
            source = source.MapToIPv4();
        var version = source?.AddressFamily == AddressFamily.InterNetworkV6 ? "ipv6" : "ipv4";
        if (firewall.Status == "disabled" || (version == "ipv6" && !firewall.FilterIPv6))
            return null;
        // While rules are being replaced an empty list is more likely a firewall on its way out than one that drops everything.
        if (firewall.Status != "active" && firewall.Input.Count == 0)
            return null;

        foreach (var (rule, index) in firewall.Input.Select((r, i) => (r, i)))
        {
            var match = Matches(rule, firewall, version, source, port);
            if (match == Match.No)
                continue;
            if (rule.Action == "discard" && match == Match.Yes)
                return new FirewallBlock(port, $"rule {index + 1}{(rule.Name is null ? "" : $" \"{rule.Name}\"")} discards it");
            if (rule.Action != "discard")
                return null;
        }

        return new FirewallBlock(port, null);
    }

    private static Match Matches(FirewallRule rule, RobotFirewall firewall, string version, IPAddress? source, int port)
    {
        var server = version == "ipv4" && IPAddress.TryParse(firewall.ServerIp, out var address) ? address : null;
        return new[]
        {
            rule.IpVersion is null || rule.IpVersion == version ? Match.Yes : Match.No,
            rule.Protocol is null or "tcp" ? Match.Yes : Match.No,
            Contains(rule.DestinationPort, (port, port)),
            Contains(rule.SourcePort, OurPorts),
            Contains(rule.SourceIp, source),
            Contains(rule.DestinationIp, server),
            OpensConnections(rule.TcpFlags),
        }.Min();
    }

    /// <summary>The first packet of a connection carries SYN alone; the filter keeps no state that would let others in.</summary>
    private static Match OpensConnections(string? flags) =>
        flags is null || flags.Split('|').Any(all => all.Split('&').All(flag => flag.Trim().Equals("syn", StringComparison.OrdinalIgnoreCase)))
            ? Match.Yes
            : Match.No;

    private static Match Contains(string? range, (int Low, int High) ports)
    {
        if (range is null)
            return Match.Yes;

        var best = Match.No;
        foreach (var part in range.Split(','))
        {
            var ends = part.Split('-');
            if (!Port(ends[0], out var low) || !Port(ends[^1], out var high) || ends.Length > 2)
                return Match.Maybe;
            var match = low <= ports.Low && ports.High <= high ? Match.Yes : low <= ports.High && ports.Low <= high ? Match.Maybe : Match.No;
            best = match > best ? match : best;
        }

        return best;
    }

    private static bool Port(string text, out int port) =>
        int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out port);

    /// <summary>Written out because <see cref="IPNetwork"/> refuses networks with host bits set, which Robot accepts.</summary>
    private static Match Contains(string? network, IPAddress? address)
    {
        if (network is null)
            return Match.Yes;

        var slash = network.IndexOf('/', StringComparison.Ordinal);
        if (!IPAddress.TryParse(slash < 0 ? network : network[..slash], out var start))
            return Match.Maybe;
        var bits = start.GetAddressBytes().Length * 8;
        if (slash >= 0 && (!int.TryParse(network[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out bits) || bits > start.GetAddressBytes().Length * 8))
            return Match.Maybe;
        if (bits == 0)
            return Match.Yes;
        if (address is null)
            return Match.Maybe;
        if (address.AddressFamily != start.AddressFamily)
            return Match.No;

        var pairs = start.GetAddressBytes().Zip(address.GetAddressBytes()).ToList();
        for (var bit = 0; bit < bits; bit++)
        {
            var mask = 0x80 >> (bit % 8);
            if ((pairs[bit / 8].First & mask) != (pairs[bit / 8].Second & mask))
                return Match.No;
        }

        return Match.Yes;
    }
}
