using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kronform.Provision.Talos.Tls;

/// <summary>
/// Whether a configured node's certificate is what it should be: signed by one of the cluster's CAs, valid now, and for the
/// address we dialled. One place for every kind of TLS stream.
/// </summary>
internal static class ServerTrust
{
    private static readonly Oid ServerAuth = new("1.3.6.1.5.5.7.3.1");

    /// <param name="leaf">Null when the server showed none.</param>
    /// <returns>Null when it is to be trusted.</returns>
    public static TalosTrustException? Judge(
        X509Certificate2? leaf, IReadOnlyList<X509Certificate2> authorities, IPEndPoint node, DateTimeOffset now)
    {
        if (leaf is null)
            return new TalosTrustException(TalosTrustFailure.ServerOfAnotherCa, $"The node at {node} shows no certificate.");

        using var chain = new X509Chain
        {
            ChainPolicy =
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
                VerificationTime = now.UtcDateTime,
                ApplicationPolicy = { ServerAuth },
            },
        };
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities.ToArray());
        chain.Build(leaf);

        var status = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        if ((status & ~X509ChainStatusFlags.NotTimeValid) != X509ChainStatusFlags.NoError)
            return new TalosTrustException(
                TalosTrustFailure.ServerOfAnotherCa, $"The certificate of the node at {node} ({leaf.Subject}) is not signed by this cluster's CA.");
        if (status != X509ChainStatusFlags.NoError)
            return OutOfTime(leaf, node, now);
        return leaf.MatchesHostname(node.Address.ToString(), allowWildcards: false, allowCommonName: false)
            ? null
            : new TalosTrustException(
                TalosTrustFailure.ServerNameMismatch,
                $"The certificate of the node at {node} ({leaf.Subject}) is of this cluster's CA but not for this address: machine.certSANs must name it when it is not the node's own.");
    }

    /// <summary>
    /// A node makes its certificate for 24 hours by its own clock and renews it in time, so a certificate out of its time tells
    /// by how much the two clocks differ at least.
    /// </summary>
    private static TalosTrustException OutOfTime(X509Certificate2 leaf, IPEndPoint node, DateTimeOffset now)
    {
        DateTimeOffset begins = leaf.NotBefore.ToUniversalTime(), ends = leaf.NotAfter.ToUniversalTime();
        if (begins > now)
            return new TalosTrustException(
                TalosTrustFailure.ServerCertificateNotYetValid,
                $"The certificate of the node at {node} ({leaf.Subject}) begins {Utc(begins)}, and here it is {Utc(now)}: the node's clock is at least {Span(begins - now)} ahead of ours.");
        return ends < now
            ? new TalosTrustException(
                TalosTrustFailure.ServerCertificateExpired,
                $"The certificate of the node at {node} ({leaf.Subject}) ended {Utc(ends)}, and here it is {Utc(now)}: the node's clock is at least {Span(now - ends)} behind ours, or the node has stopped renewing it.")
            : new TalosTrustException(
                TalosTrustFailure.ServerCertificateExpired,
                $"The CA that signed the certificate of the node at {node} is not valid at this time ({Utc(now)}).");
    }

    public static string Utc(DateTimeOffset time) => $"{time.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC";

    private static string Span(TimeSpan span) => span switch
    {
        { TotalDays: >= 2 } => $"{span.TotalDays:0} days",
        { TotalHours: >= 2 } => $"{span.TotalHours:0} hours",
        { TotalMinutes: >= 2 } => $"{span.TotalMinutes:0} minutes",
        _ => $"{Math.Ceiling(span.TotalSeconds):0} seconds",
    };
}
