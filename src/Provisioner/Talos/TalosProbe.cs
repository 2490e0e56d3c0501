using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Kronform.Provision.Reports;
using Kronform.Provision.Talos.Tls;

namespace Kronform.Provision.Talos;

/// <summary>Tells maintenance mode from a configured node by one TLS handshake, and both from everything else on the port.</summary>
public static class TalosProbe
{
    /// <param name="timeout">For all of it: connecting and the handshake.</param>
    public static async Task<TalosProbeResult> ProbeAsync(
        IPAddress address, int port, TimeProvider time, TimeSpan timeout, CancellationToken cancellation)
    {
        using var wait = WaitClock.On(FarSide.Talos);
        using var expiry = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, expiry.Token);
        var taken = false;
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(new IPEndPoint(address, port), either.Token);
            taken = true;
            return await HandshakeAsync(socket, address, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new TalosProbeResult.NoAnswer(taken ? NoAnswerReason.Mute : NoAnswerReason.TimedOut);
        }
        catch (SocketException e)
        {
            return new TalosProbeResult.NoAnswer(Reason(e.SocketErrorCode));
        }
    }

    private static async Task<TalosProbeResult> HandshakeAsync(Socket socket, IPAddress address, CancellationToken cancellation)
    {
        using var network = new FirstBytesStream(new NetworkStream(socket, ownsSocket: false));
        using var tls = new SslStream(network, leaveInnerStreamOpen: false);
        string[]? issuers = null;
        X509Certificate2? server = null;

        var options = new SslClientAuthenticationOptions
        {
            TargetHost = address.ToString(),
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            // Any certificate will do: nothing is sent over this connection, it only looks.
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                server = Copy(certificate);
                return server is not null;
            },
            // Called once before the handshake, with nothing known, and a second time only when the server sent a
            // CertificateRequest: the one difference between the two kinds of server that shows without sending a request.
            LocalCertificateSelectionCallback = (_, _, _, remote, acceptable) =>
            {
                if (remote is not null || acceptable.Length > 0)
                {
                    issuers = acceptable;
                    server ??= Copy(remote);
                }

                return null!;
            },
        };

        try
        {
            await tls.AuthenticateAsClientAsync(options, cancellation);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            // Under TLS 1.2 a missing client certificate fails the handshake itself.
            if (issuers is null)
                return Failed(network, e);
        }

        if (issuers is not null)
            return new TalosProbeResult.WantsClientCertificate(issuers, server);
        return server is null
            ? new TalosProbeResult.NotTls("a TLS server without a certificate")
            : new TalosProbeResult.Maintenance(SpkiFingerprint.Of(server), server.GetNameInfo(X509NameType.SimpleName, forIssuer: false))
            {
                Issued = server.NotBefore.ToUniversalTime(), Expires = server.NotAfter.ToUniversalTime(),
            };
    }

    private static TalosProbeResult Failed(FirstBytesStream network, Exception cause)
    {
        if (network.Received.IsEmpty)
            return new TalosProbeResult.NoAnswer(NoAnswerReason.Reset);
        return network.LooksLikeTls
            ? new TalosProbeResult.NotTls("a TLS handshake that failed: " + ConnectionFailure.Describe(cause))
            : new TalosProbeResult.NotTls(network.FirstLine);
    }

    private static X509Certificate2? Copy(X509Certificate? certificate) =>
        certificate is null ? null : X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());

    private static NoAnswerReason Reason(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => NoAnswerReason.Refused,
        SocketError.HostUnreachable or SocketError.HostDown => NoAnswerReason.Unreachable,
        SocketError.ConnectionReset or SocketError.ConnectionAborted => NoAnswerReason.Reset,
        _ => SocketTrouble.IsOurOwn(error) ? NoAnswerReason.NotAsked : NoAnswerReason.TimedOut,
    };
}
