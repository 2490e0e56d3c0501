using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Kronform.Provision.TalosEmulator.Etcd;

/// <summary>Who this control plane is to the others.</summary>
internal sealed record EtcdIdentity(string Hostname, string Address)
{
    /// <summary>Each attempt to be a member is a new member, as in etcd.</summary>
    public EtcdMemberEntry NewMember() => new(NewId(), Hostname, Address, IsLearner: false);

    public static ulong NewId() => BinaryPrimitives.ReadUInt64BigEndian(RandomNumberGenerator.GetBytes(8));
}

/// <summary>Where the other control planes are: behind the cluster endpoint's host, as with discovery switched off.</summary>
internal sealed class EtcdPeers(PeerLine line, string endpointHost, int port, int trustdPort)
{
    public async Task<IReadOnlyList<string>> ResolveEndpointAsync(CancellationToken cancellation)
    {
        try
        {
            return [.. (await Dns.GetHostAddressesAsync(endpointHost, cancellation)).Select(a => a.ToString())];
        }
        catch (SocketException)
        {
            return [];
        }
    }

    /// <summary>A control plane's trustd instead of its etcd.</summary>
    public Task<PeerReply?> AskTrustdAsync(string address, PeerRequest request, CancellationToken cancellation) =>
        line.AskAsync(new IPEndPoint(IPAddress.Parse(address), trustdPort), request, cancellation);

    public Task<PeerReply?> AskAsync(string address, PeerRequest request, CancellationToken cancellation) =>
        line.AskAsync(new IPEndPoint(IPAddress.Parse(address), port), request, cancellation);
}
