using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>A server that speaks HTTP/2 over TLS only, with a certificate that this process trusts.</summary>
internal sealed partial class Http2Server : IAsyncDisposable
{
    private static readonly X509Certificate2 Certificate = SelfSigned();
    private readonly WebApplication _app;

    private Http2Server(WebApplication app) => _app = app;

    public ConcurrentQueue<(string Protocol, string Range)> Requests { get; } = new();

    public string Url => _app.Urls.First() + "/image";

    /// <param name="first">Bytes of the file after which the first answer breaks off.</param>
    public static async Task<Http2Server> StartAsync(byte[] file, int first, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(Certificate);
        }));
        var app = builder.Build();
        var server = new Http2Server(app);
        app.Run(context => server.AnswerAsync(context, file, first));
        await app.StartAsync(cancellation);
        return server;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    // OpenSSL's own variable, which only the process' real environment has; read at the first use of the system's roots.
    [ModuleInitializer]
    internal static void Trust()
    {
        var file = Path.Combine(Path.GetTempPath(), $"agent-tests-{Environment.ProcessId}.pem");
        File.WriteAllText(file, Certificate.ExportCertificatePem());
        AppDomain.CurrentDomain.ProcessExit += (_, _) => File.Delete(file);
        Assert.Equal(0, SetEnvironment("SSL_CERT_FILE", file, 1));
    }

    private async Task AnswerAsync(HttpContext context, byte[] file, int first)
    {
        var range = context.Request.Headers.Range.ToString();
        Requests.Enqueue((context.Request.Protocol, range));
        var from = range.Length == 0 ? 0 : int.Parse(range["bytes=".Length..].TrimEnd('-'), System.Globalization.CultureInfo.InvariantCulture);
        context.Response.Headers.ETag = "\"v1\"";
        context.Response.ContentLength = file.Length - from;
        if (from > 0)
        {
            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {from}-{file.Length - 1}/{file.Length}";
            await context.Response.Body.WriteAsync(file.AsMemory(from), context.RequestAborted);
            return;
        }
        await context.Response.Body.WriteAsync(file.AsMemory(0, first), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        context.Abort();
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
