using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kronform.Provision.Talos;

/// <summary>
/// The HTTP handler to one node's port 50000 and what went wrong with its TLS. HttpClient's own exceptions do not say: a client
/// certificate refused under TLS 1.3 surfaces as "the server did not complete the HTTP/2 handshake".
/// </summary>
internal sealed class TalosConnection
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly string _node;
    private volatile TalosTrustException? _refusal;
    private volatile bool _hungUp;

    private TalosConnection(IPAddress address, int port, SslClientAuthenticationOptions tls)
    {
        _node = new IPEndPoint(address, port).ToString();
        Address = new Uri($"https://{_node}/");

        tls.ApplicationProtocols = [SslApplicationProtocol.Http2];
        // The address is what the certificate must name: .NET compares an IP text with the certificate's IP SANs.
        tls.TargetHost = address.ToString();
        Handler = new SocketsHttpHandler
        {
            SslOptions = tls,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = ConnectTimeout,
            ConnectCallback = ConnectAsync,
            // No HTTP/2 keep-alive pings: grpc-go drops clients that ping more often than every five minutes. Each call has a deadline.
            PlaintextStreamFilter = (context, _) => ValueTask.FromResult<Stream>(new AlertWatchingStream(context.PlaintextStream, OnBroken)),
        };
    }

    public Uri Address { get; }

    public SocketsHttpHandler Handler { get; }

    /// <summary>No client certificate; whoever holds the key that was seen before is believed, as nothing else can be checked.</summary>
    public static TalosConnection ForMaintenance(IPAddress address, int port, string pinnedSpki)
    {
        TalosConnection? connection = null;
        var tls = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, certificate, _, _) => connection!.CheckPin(certificate, pinnedSpki),
        };
        return connection = new TalosConnection(address, port, tls);
    }

    /// <summary>Both ways against the cluster's CA.</summary>
    public static TalosConnection ForConfigured(IPAddress address, int port, TalosIdentity identity)
    {
        TalosConnection? connection = null;
        var tls = new SslClientAuthenticationOptions
        {
            ClientCertificateContext = SslStreamCertificateContext.Create(identity.Client, additionalCertificates: null, offline: true),
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { identity.Authority },
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
                ApplicationPolicy = { new Oid("1.3.6.1.5.5.7.3.1") },
            },
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) => connection!.CheckChain(certificate, chain, errors),
        };
        return connection = new TalosConnection(address, port, tls);
    }

    /// <summary>The trust failure behind a failed call, if that is what it was.</summary>
    public TalosTrustException? ExplainFailure(Exception cause)
    {
        if (_refusal is { } refusal)
            return new TalosTrustException(refusal.Failure, refusal.Message, cause);
        return TlsAlert.Find(cause) is { } alert && TlsAlert.RefusesCertificate(alert) ? ClientRefused(alert, cause) : null;
    }

    /// <summary>What became of the connection, for a failure that is not one of trust.</summary>
    public string DescribeFailure(Exception cause) => _hungUp
        ? "the node hung up right after the TLS handshake, so it was going down or did not like our client certificate"
        : Describe(cause);

    /// <summary>The innermost reason in words; HttpClient's outer texts are generic.</summary>
    public static string Describe(Exception cause)
    {
        for (var e = cause; e is not null; e = e.InnerException)
        {
            if (e is SocketException socket)
                return socket.SocketErrorCode switch
                {
                    SocketError.ConnectionRefused => "connection refused",
                    SocketError.HostUnreachable or SocketError.NetworkUnreachable => "no route to the node",
                    SocketError.TimedOut => "connection timed out",
                    SocketError.ConnectionReset => "connection reset by the node",
                    _ => socket.Message,
                };
        }

        var innermost = cause;
        while (innermost.InnerException is { } inner)
            innermost = inner;
        return innermost is TaskCanceledException or TimeoutException ? "connecting timed out" : innermost.Message;
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        // What the last connection failed of says nothing about this one: the node may have been rebooted or configured since.
        _refusal = null;
        _hungUp = false;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool CheckPin(X509Certificate? certificate, string pinned)
    {
        if (certificate is X509Certificate2 leaf && SpkiFingerprint.Of(leaf) == pinned)
            return true;

        _refusal = new TalosTrustException(
            TalosTrustFailure.ServerPinMismatch,
            $"The node at {_node} shows another key than when it was first seen in maintenance mode.");
        return false;
    }

    private bool CheckChain(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
            return true;

        var status = chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status) ?? X509ChainStatusFlags.NoError;
        const X509ChainStatusFlags Time = X509ChainStatusFlags.NotTimeValid;
        var subject = certificate?.Subject ?? "no certificate";
        _refusal = (errors, status) switch
        {
            _ when (errors & SslPolicyErrors.RemoteCertificateNotAvailable) != 0 || (status & ~Time) != X509ChainStatusFlags.NoError =>
                new TalosTrustException(
                    TalosTrustFailure.ServerOfAnotherCa, $"The certificate of the node at {_node} ({subject}) is not signed by this cluster's CA."),
            _ when (status & Time) != X509ChainStatusFlags.NoError =>
                new TalosTrustException(
                    TalosTrustFailure.ServerCertificateTime, $"The certificate of the node at {_node} ({subject}) is not valid at this time; compare both clocks."),
            _ => new TalosTrustException(
                TalosTrustFailure.ServerNameMismatch, $"The certificate of the node at {_node} ({subject}) is of this cluster's CA but not for this address."),
        };
        return false;
    }

    private void OnBroken(Exception? broken)
    {
        if (broken is null)
            _hungUp = true;
        else if (TlsAlert.Find(broken) is { } alert && TlsAlert.RefusesCertificate(alert))
            _refusal = ClientRefused(alert, broken);
    }

    private TalosTrustException ClientRefused(int alert, Exception cause) => new(
        TalosTrustFailure.ClientCertificateRefused, $"The node at {_node} does not accept our client certificate (TLS alert {alert}).", cause);
}
