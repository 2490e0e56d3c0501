using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kronform.Provision.Talos.Pki;
using Kronform.Provision.TalosEmulator.Etcd;

namespace Kronform.Provision.TalosEmulator;

/// <summary>
/// Where apid's certificate comes from: a control plane signs its own, a worker holds no CA key and must ask one, so that its
/// apid stays away until a control plane answers (its trustd).
/// </summary>
internal sealed class NodeCertificates(
    TalosCa? ca, EtcdPeers peers, string hostname, IReadOnlyList<IPAddress> addresses, IReadOnlyList<string> extraNames, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    public async Task<X509Certificate2> ObtainAsync(TimeSpan pause, CancellationToken cancellation)
    {
        var extraAddresses = extraNames.Select(n => IPAddress.TryParse(n, out var address) ? address : null).OfType<IPAddress>();
        IPAddress[] allAddresses = [.. addresses, .. extraAddresses];
        string[] names = [hostname, .. extraNames.Where(n => !IPAddress.TryParse(n, out _))];
        if (ca is not null)
            return ca.IssueServerCertificate(hostname, allAddresses, names, time, Lifetime);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new PeerRequest(PeerRequest.Certificate)
        {
            PublicKey = key.ExportSubjectPublicKeyInfo(), Hostname = hostname, Names = names,
            Addresses = [.. allAddresses.Select(a => a.ToString())],
        };
        while (true)
        {
            foreach (var address in await peers.ResolveEndpointAsync(cancellation))
            {
                if (await peers.AskTrustdAsync(address, request, cancellation) is { Certificate: { } signed })
                {
                    using var certificate = X509CertificateLoader.LoadCertificate(signed);
                    return certificate.CopyWithPrivateKey(key);
                }
            }

            await Task.Delay(pause, time, cancellation);
        }
    }

    /// <summary>trustd's answer; an empty one for questions about something else.</summary>
    public PeerReply Answer(PeerRequest request)
    {
        if (ca is null || request is not { Operation: PeerRequest.Certificate, PublicKey: { } key, Hostname: { } name, Names: { } names, Addresses: { } ips })
            return new PeerReply();

        using var certificate = ca.SignServerCertificate(
            PublicKey.CreateFromSubjectPublicKeyInfo(key, out _), name, ips.Select(IPAddress.Parse), names, time, Lifetime);
        return new PeerReply { Certificate = certificate.RawData };
    }
}
