using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Kronform.Provision.TalosEmulator.Api;

/// <summary>gRPC over TLS on Kestrel: with a client authority mutual TLS as apid does it, without one as maintenance mode does.</summary>
internal sealed class ApiServer : IAsyncDisposable
{
    private const int MaxRequestBytes = 32 << 20;
    private const string ClientAuth = "1.3.6.1.5.5.7.3.2";
    private const string OrganizationOid = "2.5.4.10";

    /// <summary>What maintenance mode from 1.13 on makes of every caller.</summary>
    private static readonly string[] MaintenanceRoles = ["os:reader"];

    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(5);

    private readonly WebApplication _app;

    private ApiServer(WebApplication app) => _app = app;

    public int Port => new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;

    public static async Task<ApiServer> StartAsync(
        IPEndPoint endpoint, X509Certificate2 server, X509Certificate2? clientAuthority, TimeProvider time, LostReplies lost,
        Func<RpcCall, Task> handle, CancellationToken cancellation)
    {
        // The empty builder: no configuration files, no logging providers, no routing; they would double the start-up time.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // As grpc-go, which does not look at the pseudo-header :scheme.
            kestrel.AllowAlternateSchemes = true;
            kestrel.Limits.MaxRequestBodySize = MaxRequestBytes;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(endpoint, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.UseHttps(https =>
                {
                    https.ServerCertificate = server;
                    if (clientAuthority is null)
                        return;
                    https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                    https.ClientCertificateValidation = (certificate, _, _) => IsTrusted(certificate, clientAuthority, time.GetUtcNow());
                });
            });
        });

        var app = builder.Build();
        app.Run(http => ServeAsync(http, lost, handle));
        await app.StartAsync(cancellation);
        return new ApiServer(app);
    }

    /// <summary>Lets running calls finish, for some seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(Drain, TimeProvider.System);
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
    }

    private static async Task ServeAsync(HttpContext http, LostReplies lost, Func<RpcCall, Task> handle)
    {
        http.Response.ContentType = "application/grpc";
        try
        {
            var roles = http.Connection.ClientCertificate is { } certificate ? Organizations(certificate) : MaintenanceRoles;
            var call = new RpcCall(http, await RpcCall.ReadFrameAsync(http), roles, lost.Takes(http.Request.Path.Value ?? ""));
            await handle(call);
            if (call.HangUp())
                return;
            http.Response.AppendTrailer("grpc-status", "0");
        }
        catch (RpcFailure failure)
        {
            Fail(http, failure.Status, failure.Message);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller hung up.
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // No logger listens here; the caller's error must tell what broke in the emulator.
            Fail(http, RpcStatus.Internal, $"the emulator failed: {e.GetType().Name}: {e.Message}");
        }
    }

    private static void Fail(HttpContext http, RpcStatus status, string message)
    {
        var (code, text) = (((int)status).ToString(), Uri.EscapeDataString(message));
        if (http.Response.HasStarted)
        {
            http.Response.AppendTrailer("grpc-status", code);
            http.Response.AppendTrailer("grpc-message", text);
        }
        else
        {
            http.Response.Headers["grpc-status"] = code;
            http.Response.Headers["grpc-message"] = text;
        }
    }

    private static bool IsTrusted(X509Certificate2 certificate, X509Certificate2 authority, DateTimeOffset now)
    {
        using var chain = new X509Chain
        {
            ChainPolicy =
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { authority },
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
                ApplicationPolicy = { new Oid(ClientAuth) },
                VerificationTime = now.UtcDateTime,
            },
        };

        // apid's own rule, unconditional since 1.12: client authentication and nothing else.
        var usages = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().SingleOrDefault()?.EnhancedKeyUsages;
        return usages is { Count: 1 } && usages[0].Value == ClientAuth && chain.Build(certificate);
    }

    private static string[] Organizations(X509Certificate2 certificate) =>
        [.. certificate.SubjectName.EnumerateRelativeDistinguishedNames()
            .Where(n => n.GetSingleElementType().Value == OrganizationOid)
            .Select(n => n.GetSingleElementValue() ?? "")];
}
