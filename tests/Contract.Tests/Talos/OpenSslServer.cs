extern alias provisioner;

using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Kronform.Provision.Talos;
using SigningKey = provisioner::Kronform.Provision.Talos.Pki.SigningKey;
using TalosCa = provisioner::Kronform.Provision.Talos.Pki.TalosCa;

namespace Kronform.Provision.Contract.Tests.Talos;

/// <summary>
/// `openssl s_server` as a node's TLS: it can hold an Ed25519 key and sends proper alerts, neither of which Kestrel does. It
/// speaks no HTTP/2.
/// </summary>
internal sealed class OpenSslServer : IDisposable
{
    private readonly string _folder;
    private readonly Process _process;

    private OpenSslServer(string folder, Process process)
    {
        _folder = folder;
        _process = process;
    }

    public int Port { get; private set; }

    /// <param name="clientCa">Whose client certificates are demanded; null demands none.</param>
    public static async Task<OpenSslServer> StartAsync(
        TalosCa serverCa, TalosCa? clientCa = null, string address = "127.0.0.1", string commonName = "n1", TimeProvider? issued = null, params string[] options)
    {
        var folder = Directory.CreateTempSubdirectory("s-server-").FullName;
        using var key = SigningKey.CreateEd25519();
        using var certificate = serverCa.SignServerCertificate(
            key.PublicKey, commonName, [IPAddress.Parse(address)], [commonName], issued ?? TimeProvider.System, TimeSpan.FromHours(1));
        File.WriteAllText(Path.Combine(folder, "server.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "server.key"), key.ExportPem().Replace("ED25519 PRIVATE KEY", "PRIVATE KEY", StringComparison.Ordinal));

        List<string> arguments = ["s_server", "-accept", "127.0.0.1:0", "-cert", "server.pem", "-key", "server.key", "-alpn", "h2", .. options];
        if (clientCa is not null)
        {
            File.WriteAllText(Path.Combine(folder, "client-ca.pem"), clientCa.ExportCertificatePem());
            arguments.AddRange(["-Verify", "1", "-verify_return_error", "-CAfile", "client-ca.pem"]);
        }

        var process = Process.Start(new ProcessStartInfo("openssl", arguments)
        {
            WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var server = new OpenSslServer(folder, process);
        try
        {
            await server.ListenAsync();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>What is typed here is sent to the client; a line `K` makes the server ask for new keys instead.</summary>
    public StreamWriter Input => _process.StandardInput;

    public TalosClient Client(TalosCa ca, string kind = Identities.Minted) =>
        TalosClient.ForConfigured(IPAddress.Loopback, Port, Identities.Of(ca, kind), TimeProvider.System);

    private async Task ListenAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (!line.StartsWith("ACCEPT ", StringComparison.Ordinal))
                continue;
            Port = int.Parse(line.Split(':')[^1]);
            // A full pipe would stop the server.
            _ = _process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
            _ = _process.StandardError.BaseStream.CopyToAsync(Stream.Null);
            return;
        }

        throw new InvalidOperationException("openssl s_server ended before it listened: " + await _process.StandardError.ReadToEndAsync());
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
