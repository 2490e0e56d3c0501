namespace Kronform.Provision.Servers;

/// <summary>The stateless packet filter on the server's switch port.</summary>
/// <param name="Status"><c>active</c>, <c>disabled</c>, <c>in process</c>; an open set.</param>
/// <param name="ServerIp">The server's main IPv4 address as text; null when it has none.</param>
/// <param name="FilterIPv6">When false, IPv6 passes unfiltered.</param>
/// <param name="AllowsHetznerServices">Robot's <c>whitelist_hos</c>: network boot, DNS and the like pass in any case.</param>
/// <param name="Input">In order; the first match wins, and what matches nothing is dropped.</param>
public sealed record RobotFirewall(
    string Status,
    string? ServerIp,
    bool FilterIPv6,
    bool AllowsHetznerServices,
    IReadOnlyList<FirewallRule> Input,
    IReadOnlyList<FirewallRule> Output);

/// <summary>One rule, all values as Robot writes them; null matches everything.</summary>
/// <param name="Action"><c>accept</c> or <c>discard</c>.</param>
/// <param name="SourceIp">Address or CIDR.</param>
/// <param name="SourcePort">Port or range <c>a-b</c>.</param>
/// <param name="TcpFlags">Flags joined by <c>|</c> (or) and <c>&amp;</c> (and).</param>
public sealed record FirewallRule(
    string Action,
    string? Name = null,
    string? IpVersion = null,
    string? SourceIp = null,
    string? DestinationIp = null,
    string? SourcePort = null,
    string? DestinationPort = null,
    string? Protocol = null,
    string? TcpFlags = null);
