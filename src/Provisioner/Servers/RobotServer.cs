using System.Net;

namespace Kronform.Provision.Servers;

/// <param name="Number">Robot's number, the only name of a server that never changes.</param>
/// <param name="Name">Free text given by the operator, not unique; empty when none was given.</param>
/// <param name="Product">For example <c>AX41-NVMe</c>.</param>
/// <param name="Datacenter">For example <c>FSN1-DC16</c>.</param>
/// <param name="Status"><c>ready</c> or <c>in process</c>; an open set.</param>
/// <param name="Cancelled">The contract has been ended.</param>
/// <param name="IPv4">Main address; null for a server ordered without one.</param>
/// <param name="IPv6Net">Base of the server's /64; null when there is none.</param>
/// <param name="Addresses">All single addresses.</param>
/// <param name="CanReset">Null in list entries, which lack the flag.</param>
/// <param name="CanRescue">Null in list entries, which lack the flag.</param>
public sealed record RobotServer(
    int Number,
    string Name,
    string Product,
    string Datacenter,
    string Status,
    bool Cancelled,
    IPAddress? IPv4,
    IPAddress? IPv6Net,
    IReadOnlyList<IPAddress> Addresses,
    bool? CanReset,
    bool? CanRescue)
{
    public bool IsReady => Status == "ready";

    /// <summary>Where the rescue system answers: the IPv4 address, and <c>::2</c> of the IPv6 network.</summary>
    public IReadOnlyList<IPAddress> RescueAddresses
    {
        get
        {
            var addresses = new List<IPAddress>();
            if (IPv4 is not null)
                addresses.Add(IPv4);
            if (IPv6Net is not null)
            {
                var bytes = IPv6Net.GetAddressBytes();
                bytes[^1] = 2;
                addresses.Add(new IPAddress(bytes));
            }

            return addresses;
        }
    }
}

/// <summary>One address and the network it lives in: what a static network configuration needs.</summary>
/// <param name="Prefix">Length of the network prefix in bits.</param>
public sealed record RobotIp(IPAddress Address, int? ServerNumber, IPAddress? Gateway, int? Prefix, bool Locked, string? SeparateMac);
