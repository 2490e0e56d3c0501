extern alias provisioner;

using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Kronform.Provision.Talos;
using Kronform.Provision.TalosEmulator;
using Xunit;
using TalosCa = provisioner::Kronform.Provision.Talos.Pki.TalosCa;

namespace Kronform.Provision.Contract.Tests.Talos;

/// <summary>
/// Emulated Talos nodes of one cluster, each on a loopback address of its own so that all can use the same ports, as nodes do.
/// </summary>
internal sealed class EmulatedCluster : IAsyncDisposable
{
    private static int _clusters;

    private readonly string _folder = Directory.CreateTempSubdirectory("talos-cluster-").FullName;
    private readonly ConcurrentDictionary<int, TalosEmulatorHost> _running = new();
    private readonly string _secret = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
    private readonly int _number = Interlocked.Increment(ref _clusters);
    private readonly int _peerPort;
    private readonly EmulatorTimings _timings;

    public EmulatedCluster(string release = "v1.13.9", EmulatorTimings? timings = null)
    {
        _timings = timings ?? new EmulatorTimings();
        Release = TalosRelease.Parse(release);
        _peerPort = 20000 + (Environment.ProcessId % 20000) + _number;
    }

    public TalosRelease Release { get; }

    public TalosCa Ca { get; } = TalosCa.Create(TimeProvider.System);

    public ConcurrentQueue<string> Console { get; } = new();

    public IPAddress Address(int node) => new([127, (byte)(100 + (Environment.ProcessId % 100)), (byte)_number, (byte)node]);

    public TalosEmulatorHost Node(int node) => _running[node];

    public string StateFolder(int node) => Path.Combine(_folder, $"n{node}");

    public async Task<TalosEmulatorHost> StartAsync(int node, string? meta = null, string? disks = null, EmulatorFaults? faults = null, int port = 0, byte metaKey = 0x0a, Func<EmulatorTimings, EmulatorTimings>? timings = null)
    {
        var options = new EmulatorOptions
        {
            StateFolder = StateFolder(node), Address = Address(node), Port = _running.TryGetValue(node, out var before) ? before.BoundPort : port,
            PeerPort = _peerPort, Timings = timings?.Invoke(_timings) ?? _timings, Release = Release, MetaPath = meta is null ? null : WriteFile($"meta{node}", MetaImage.With(meta, metaKey)),
            DisksFile = WriteFile($"disks{node}", Encoding.UTF8.GetBytes(disks ?? "[]")), SystemDisk = "/dev/nvme0n1",
            BootId = Guid.NewGuid().ToString(), Print = Console.Enqueue, Faults = faults ?? new EmulatorFaults(),
        };
        return _running[node] = await TalosEmulatorHost.StartAsync(options, TimeProvider.System, TestContext.Current.CancellationToken);
    }

    public async Task<TalosEmulatorHost> RestartAsync(int node)
    {
        await Node(node).DisposeAsync();
        return await StartAsync(node);
    }

    public Task<TalosProbeResult> ProbeAsync(int node) => TalosProbe.ProbeAsync(
        Address(node), Node(node).BoundPort, TimeProvider.System, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

    public async Task<TalosClient> MaintenanceClientAsync(int node)
    {
        var found = await ProbeAsync(node);
        var maintenance = Assert.IsType<TalosProbeResult.Maintenance>(found);
        return TalosClient.ForMaintenance(Address(node), Node(node).BoundPort, maintenance.SpkiFingerprint, TimeProvider.System);
    }

    public TalosClient Client(int node, TalosCa? ca = null, string kind = Identities.Minted) => TalosClient.ForConfigured(
        Address(node), Node(node).BoundPort, Identities.Of(ca ?? Ca, kind), TimeProvider.System);

    /// <summary>Applies the node's config and waits for apid.</summary>
    public async Task<TalosClient> ConfigureAsync(int node, string type = "controlplane", int? endpointNode = null, string cni = "flannel")
    {
        using (var maintenance = await MaintenanceClientAsync(node))
            await maintenance.ApplyConfigurationAsync(Config(node, type, endpointNode, cni), dryRun: false, TestContext.Current.CancellationToken);
        await Eventually.Async($"apid of node {node}", async () => await ProbeAsync(node), p => p is TalosProbeResult.WantsClientCertificate);
        return Client(node);
    }

    public byte[] Config(int node, string type = "controlplane", int? endpointNode = null, string cni = "flannel", string? hostname = null) => Encoding.UTF8.GetBytes(
        $$"""
        version: v1alpha1
        machine:
          type: {{type}}
          token: abcdef.0123456789abcdef
          ca:
            crt: {{Base64(Ca.ExportCertificatePem())}}
            key: {{(type == "worker" ? "\"\"" : Base64(Ca.ExportKeyPem()))}}
          network:
            hostname: {{hostname ?? $"n{node}"}}
          install:
            disk: /dev/nvme0n1
        cluster:
          secret: {{_secret}}
          controlPlane:
            endpoint: https://{{Address(endpointNode ?? 1)}}:6443
          network:
            cni:
              name: {{cni}}
        """);

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _running.Values)
            await node.DisposeAsync();
        Ca.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));

    private string WriteFile(string name, byte[] content)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }
}
