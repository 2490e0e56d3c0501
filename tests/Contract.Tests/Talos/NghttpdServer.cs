extern alias provisioner;

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using SigningKey = provisioner::Kronform.Provision.Talos.Pki.SigningKey;
using TalosCa = provisioner::Kronform.Provision.Talos.Pki.TalosCa;

namespace Kronform.Provision.Contract.Tests.Talos;

/// <summary>
/// nghttp2's own server with an Ed25519 key: files for answers, and grpc-status as a trailer. HTTP/2 and TLS of which neither is
/// ours nor .NET's. It demands a client certificate and does not judge it.
/// </summary>
internal sealed class NghttpdServer : IDisposable
{
    private readonly string _folder;
    private readonly Process _process;

    private NghttpdServer(string folder, Process process, int port) => (_folder, _process, Port) = (folder, process, port);

    public int Port { get; }

    /// <summary>Null when the Debian package nghttp2-server is not installed.</summary>
    public static string? Program { get; } =
        ((string[])["/usr/sbin/nghttpd", "/usr/bin/nghttpd", "/usr/local/bin/nghttpd"]).FirstOrDefault(File.Exists);

    /// <param name="files">By path without the leading slash; the name ends in .grpc.</param>
    public static async Task<NghttpdServer> StartAsync(TalosCa ca, IReadOnlyDictionary<string, byte[]> files, params string[] options)
    {
        var folder = Directory.CreateTempSubdirectory("nghttpd-").FullName;
        using var key = SigningKey.CreateEd25519();
        using var certificate = ca.SignServerCertificate(key.PublicKey, "n1", [IPAddress.Loopback], [], TimeProvider.System, TimeSpan.FromHours(1));
        File.WriteAllText(Path.Combine(folder, "crt.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "key.pem"), key.ExportPem().Replace("ED25519 PRIVATE KEY", "PRIVATE KEY", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(folder, "types"), "application/grpc grpc\n");
        foreach (var (path, content) in files)
        {
            var file = Path.Combine(folder, "files", path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, content);
        }

        var port = FreePort();
        var process = Process.Start(new ProcessStartInfo(
            Program!, ["-a", "127.0.0.1", "-d", "files", "-V", "--mime-types-file=types", "--trailer=grpc-status: 0", .. options, port.ToString(), "key.pem", "crt.pem"])
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var server = new NghttpdServer(folder, process, port);
        await Eventually.Async("nghttpd to listen", async () =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port);
                return "listening";
            }
            catch (SocketException e)
            {
                return process.HasExited ? "ended: " + await process.StandardError.ReadToEndAsync() : e.Message;
            }
        }, state => state == "listening");
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null);
        return server;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
