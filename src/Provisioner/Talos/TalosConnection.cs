using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Kronform.Provision.Talos.Tls;

namespace Kronform.Provision.Talos;

/// <summary>
/// The HTTP handler to one node's port 50000 and what went wrong with its TLS. HttpClient's own exceptions do not say: a client
/// certificate refused under TLS 1.3 surfaces as "the server did not complete the HTTP/2 handshake".
/// </summary>
internal sealed class TalosConnection
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    private readonly IPEndPoint _node;
    private readonly TimeProvider _time;
    private readonly Func<X509Certificate2?, TalosTrustException?> _judge;
    private readonly OpenSslClientContext? _openSsl;
    private volatile TalosTrustException? _refusal;
    private volatile bool _hungUp;
    private volatile string? _issued;

    private TalosConnection(
        IPEndPoint node, TimeProvider time, Func<X509Certificate2?, TalosTrustException?> judge, SslStreamCertificateContext? client, OpenSslClientContext? openSsl)
    {
        (_node, _time, _judge, _openSsl) = (node, time, judge, openSsl);
        // Over OpenSSL HttpClient is given a stream that is encrypted already, and believes it to be plain. The only trace of that
        // on the wire is the pseudo-header ":scheme", which grpc-go does not look at.
        Address = new Uri($"{(openSsl is null ? "https" : "http")}://{_node}/");
        Handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ConnectTimeout = ConnectTimeout,
            ConnectCallback = ConnectAsync,
            // No HTTP/2 keep-alive pings: grpc-go drops clients that ping more often than every five minutes. Each call has a deadline.
            PlaintextStreamFilter = (context, _) => ValueTask.FromResult<Stream>(new AlertWatchingStream(context.PlaintextStream, OnBroken)),
            SslOptions = new SslClientAuthenticationOptions
            {
                ApplicationProtocols = [SslApplicationProtocol.Http2],
                TargetHost = node.Address.ToString(),
                ClientCertificateContext = client,
                RemoteCertificateValidationCallback = (_, certificate, _, _) => IsTrusted(certificate as X509Certificate2),
            },
        };
    }

    public Uri Address { get; }

    public SocketsHttpHandler Handler { get; }

    /// <summary>No client certificate; whoever holds the key that was seen before is believed, as nothing else can be checked.</summary>
    public static TalosConnection ForMaintenance(IPAddress address, int port, string pinnedSpki, TimeProvider time)
    {
        var node = new IPEndPoint(address, port);
        return new TalosConnection(node, time, JudgePin, client: null, openSsl: null);

        TalosTrustException? JudgePin(X509Certificate2? leaf) => leaf is not null && SpkiFingerprint.Of(leaf) == pinnedSpki
            ? null
            : new TalosTrustException(
                TalosTrustFailure.ServerPinMismatch, $"The node at {node} shows another key than when it was first seen in maintenance mode.");
    }

    /// <summary>Both ways against the cluster's CA.</summary>
    public static TalosConnection ForConfigured(IPAddress address, int port, TalosIdentity identity, TimeProvider time)
    {
        var node = new IPEndPoint(address, port);
        return new TalosConnection(
            node, time, leaf => ServerTrust.Judge(leaf, identity.Authorities, node, time.GetUtcNow()),
            identity.OpenSsl is null ? SslStreamCertificateContext.Create(identity.Client, additionalCertificates: null, offline: true) : null,
            identity.OpenSsl);
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
        : ConnectionFailure.Describe(cause);

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        // What the last connection failed of says nothing about this one: the node may have been rebooted or configured since.
        _refusal = null;
        _hungUp = false;
        var socket = new Socket(_node.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(_node, cancellation);
            var network = new NetworkStream(socket, ownsSocket: true);
            return _openSsl is null ? network : await EncryptAsync(network, _openSsl, cancellation);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<Stream> EncryptAsync(NetworkStream network, OpenSslClientContext client, CancellationToken cancellation)
    {
        var tls = new OpenSslClientStream(network, client);
        try
        {
            await tls.AuthenticateAsync(cancellation);
            if (!IsTrusted(tls.ServerCertificate))
                throw new AuthenticationException("The node's certificate was not accepted.");
            return tls.SpeaksHttp2 ? tls : throw new IOException("the node does not speak HTTP/2");
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    private bool IsTrusted(X509Certificate2? leaf)
    {
        _issued = leaf is null ? null : ServerTrust.Utc(leaf.NotBefore.ToUniversalTime());
        _refusal = _judge(leaf);
        return _refusal is null;
    }

    private void OnBroken(Exception? broken)
    {
        if (broken is null)
            _hungUp = true;
        else if (TlsAlert.Find(broken) is { } alert && TlsAlert.RefusesCertificate(alert))
            _refusal = ClientRefused(alert, broken);
    }

    private TalosTrustException ClientRefused(int alert, Exception cause) => new(
        TalosTrustFailure.ClientCertificateRefused,
        $"The node at {_node} does not accept our client certificate (TLS alert {alert}, {TlsAlert.Name(alert)}). Its own was issued {_issued ?? "at an unknown time"} by its clock, here it is {ServerTrust.Utc(_time.GetUtcNow())}.",
        cause);
}
