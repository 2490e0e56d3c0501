using System.Net;
using Kronform.Provision.VirtualRack.Machines;

namespace Kronform.Provision.VirtualRack.Robot;

/// <summary>One server of the emulated account.</summary>
/// <param name="Address">Main address; an IPv6 address makes it a server without IPv4.</param>
public sealed record RobotServerEntry(string Name, IPAddress Address, IServerHardware Hardware, string Product = "AX41-NVMe")
{
    public string Datacenter { get; init; } = "FSN1-DC16";

    /// <summary><c>ready</c> or <c>in process</c>.</summary>
    public string Status { get; init; } = "ready";
    public bool Cancelled { get; init; }
    public bool CanReset { get; init; } = true;
    public bool CanRescue { get; init; } = true;

    /// <summary>The default is that of AX servers, which lack <c>sw</c>.</summary>
    public IReadOnlyList<string> ResetTypes { get; init; } = ["power", "power_long", "hw", "man"];

    public IPAddress? Gateway { get; init; }
    public int PrefixLength { get; init; } = 26;

    /// <summary>A boot configuration of another kind that somebody has activated: <c>linux</c>, <c>vnc</c>.</summary>
    public string? OtherBoot { get; init; }

    /// <summary>Null makes the firewall unavailable, as it is on some servers.</summary>
    public FirewallEntry? Firewall { get; init; } = new("disabled", []);
}

/// <param name="Status"><c>active</c>, <c>disabled</c>, <c>in process</c>.</param>
public sealed record FirewallEntry(string Status, IReadOnlyList<FirewallRuleEntry> Input)
{
    public bool FilterIPv6 { get; init; }
    public bool AllowsHetznerServices { get; init; } = true;

    /// <summary>Render the rules as an object keyed "0", "1" … as one documented sample has it.</summary>
    public bool RulesAsObject { get; init; }
}

public sealed record FirewallRuleEntry(
    string Action,
    string? Name = null,
    string? IpVersion = "ipv4",
    string? SourceIp = null,
    string? DestinationPort = null,
    string? Protocol = null,
    string? TcpFlags = null);
