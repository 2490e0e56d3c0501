using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Kronform.Provision.Talos.Pki;
using Kronform.Provision.TalosEmulator.Api;
using Kronform.Provision.TalosEmulator.Config;
using Kronform.Provision.TalosEmulator.Etcd;
using Kronform.Provision.TalosEmulator.Hardware;

namespace Kronform.Provision.TalosEmulator;

/// <summary>
/// One emulated Talos node, from boot to reboot: maintenance mode when the state folder holds no config, then, on the same port,
/// apid. Starting it again on the same folder is a reboot; on an empty one, a reinstall.
/// </summary>
public sealed class TalosEmulatorHost : IAsyncDisposable
{
    /// <summary>What a process that runs a node exits with when it has been told to reboot.</summary>
    public const int RebootExitCode = 100;

    private const string MaintenanceName = "maintenance-service.talos.dev";

    private static readonly TimeSpan CertificateLifetime = TimeSpan.FromHours(24);
    private static readonly TimeSpan StageLook = TimeSpan.FromMilliseconds(100);

    private readonly EmulatorOptions _options;
    private readonly TimeProvider _time;
    private readonly EmulatorEvents _events;
    private readonly LostReplies _lost;
    private readonly StateFolder _state;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyDictionary<byte, string>? _meta;
    private int _disposed;

    private TalosEmulatorHost(EmulatorOptions options, TimeProvider time)
    {
        _options = options;
        _time = options.Faults.ClockAhead == TimeSpan.Zero ? time : new ShiftedTime(time, options.Faults.ClockAhead);
        _lost = new LostReplies(options.Faults.LostReplies);
        _events = new EmulatorEvents(options.Print);
        _state = new StateFolder(options.StateFolder);
        BoundPort = options.Port;
        _meta = ReadMeta(options.MetaPath);
        Exited = LiveAsync(_stopping.Token);
    }

    /// <summary>Where the API is, or will be once it comes up again.</summary>
    public int BoundPort { get; private set; }

    public EmulatorCounters Counters { get; } = new();

    public BootstrapFaults Faults { get; } = new();

    /// <summary>0 after being stopped, <see cref="RebootExitCode"/> after the Reboot call; faulted when the emulator itself failed.</summary>
    public Task<int> Exited { get; }

    /// <summary>Returns once the API listens, or, for a configured worker, once it waits for a control plane.</summary>
    public static async Task<TalosEmulatorHost> StartAsync(EmulatorOptions options, TimeProvider time, CancellationToken cancellation)
    {
        var host = new TalosEmulatorHost(options, time);
        try
        {
            await (await Task.WhenAny(host._up.Task, host.Exited).WaitAsync(cancellation));
            return host;
        }
        catch
        {
            await host._stopping.CancelAsync();
            throw;
        }
    }

    /// <summary>Stops the node as if its power failed, except that running calls may end. Can be repeated.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        await _stopping.CancelAsync();
        await ((Task)Exited).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task<int> LiveAsync(CancellationToken stopping)
    {
        // The constructor stores this task; let it finish first.
        await Task.Yield();
        try
        {
            var status = () => NodeStatus.Maintenance;
            var resources = new ResourceApi(_options, () => _meta ??= ReadMeta(_options.MetaPath), () => status(), _state);
            var intake = new ConfigIntake(
                _options, _state, () => [.. resources.ReadDisks().Select(d => "/dev/" + d.Name)], Counters, _events);

            var config = intake.Stored() ?? await MaintainAsync(resources, intake, stopping);
            await RunConfiguredAsync(config, resources, intake, s => status = s, stopping);
            return RebootExitCode;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return 0;
        }
    }

    private async Task<MachineConfig> MaintainAsync(ResourceApi resources, ConfigIntake intake, CancellationToken stopping)
    {
        // Real Talos shows an Ed25519 certificate here. Kestrel cannot: .NET loads no Ed25519 private keys, so this one is ECDSA
        // (as Talos's own is in FIPS mode). The key is new at each boot, as there.
        using var authority = TalosCa.CreateEcdsa(_time);
        using var certificate = authority.IssueServerCertificate(
            MaintenanceName, Addresses(), [MaintenanceName, Hostname(null)], _time, CertificateLifetime);
        var configured = new TaskCompletionSource<MachineConfig>(TaskCreationOptions.RunContinuationsAsynchronously);
        var api = new MaintenanceApi(_options, resources, intake, Counters, Hostname(null), c => configured.TrySetResult(c));

        await using var server = await ListenAsync(certificate, clientAuthority: null, api.HandleAsync, stopping);
        _events.Write("maintenance", ("version", _options.Release.Tag), ("fingerprint", Fingerprint(certificate)));
        _up.TrySetResult();
        return await configured.Task.WaitAsync(stopping);
    }

    private async Task RunConfiguredAsync(
        MachineConfig config, ResourceApi resources, ConfigIntake intake, Action<Func<NodeStatus>> setStatus, CancellationToken stopping)
    {
        using var life = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var caCertificate = TalosCa.ReadEncodedCertificate(config.CaCertificate);
        using var ca = config.CaKey is { } key ? TalosCa.FromEncoded(config.CaCertificate, key) : null;
        var hostname = Hostname(config.Hostname);
        var line = new PeerLine(config.ClusterSecret, _time);
        var peers = new EtcdPeers(line, config.EndpointHost, _options.PeerPort, _options.TrustdPort);
        var authority = new NodeCertificates(ca, peers, hostname, [.. Addresses()], config.CertSans, _time);

        EtcdNode? etcd = ca is null
            ? null
            : new EtcdNode(_state, new EtcdIdentity(hostname, _options.Address.ToString()), peers, _options.Timings, _events, _time);
        await using var listener = ca is null ? null : new PeerListener(
            new IPEndPoint(_options.Address, _options.PeerPort), line,
            etcd!.AnswerAsync);
        await using var trustd = ca is null ? null : new PeerListener(
            new IPEndPoint(_options.Address, _options.TrustdPort), line, (request, _) => Task.FromResult(authority.Answer(request)));

        if (ca is null)
            _up.TrySetResult();
        using var obtained = await authority.ObtainAsync(_options.Timings.PeerPoll, stopping);
        using var faulty = _options.Faults.Certificate(hostname, [.. Addresses()], ca, _time);
        var certificate = faulty ?? obtained;

        var node = new ConfiguredNode(config, hostname, etcd, Faults, _options.Timings, _time);
        setStatus(node.Status);
        var api = new ConfiguredApi(_options, resources, intake, Counters, Faults, _events, node);
        await using var server = await ListenAsync(certificate, caCertificate, api.HandleAsync, stopping);
        _events.Write("apid", ("hostname", hostname), ("type", config.ControlPlane ? "controlplane" : "worker"));
        _up.TrySetResult();

        var background = Task.WhenAll(Keep(token => WatchStageAsync(node, token)), Keep(token => etcd?.RunAsync(token) ?? Task.CompletedTask));
        try
        {
            await node.RebootRequested.WaitAsync(life.Token);
            _events.Write("reboot");
        }
        finally
        {
            await life.CancelAsync();
            await background;
        }

        // One of them failing ends the node, loudly, instead of leaving a half-dead one that answers.
        async Task Keep(Func<CancellationToken, Task> work)
        {
            try
            {
                await work(life.Token);
            }
            catch (OperationCanceledException) when (life.IsCancellationRequested)
            {
            }
            catch
            {
                await life.CancelAsync();
                throw;
            }
        }
    }

    private async Task WatchStageAsync(ConfiguredNode node, CancellationToken cancellation)
    {
        NodeStatus? last = null;
        while (true)
        {
            var now = node.Status();
            if (now.Stage != last?.Stage || now.Ready != last.Ready)
                _events.Write("stage", ("stage", now.StageName), ("ready", now.Ready ? "true" : "false"));
            last = now;
            await Task.Delay(StageLook, _time, cancellation);
        }
    }

    private async Task<IAsyncDisposable> ListenAsync(
        X509Certificate2 certificate, X509Certificate2? clientAuthority, Func<RpcCall, Task> handle, CancellationToken cancellation)
    {
        if (_options.Faults.HalfOpen)
            return new HalfOpenPort(new IPEndPoint(_options.Address, BoundPort), port => BoundPort = port);

        var server = await OpenAsync(cancellation);
        BoundPort = server.Port;
        return _options.Faults.FlapUp is { } up ? new FlappingPort(server, OpenAsync, up, _options.Faults.FlapDown, _time) : server;

        Task<ApiServer> OpenAsync(CancellationToken token) => ApiServer.StartAsync(
            new IPEndPoint(_options.Address, BoundPort), certificate, clientAuthority, _time, _lost, handle, token);
    }

    /// <summary>Null when it cannot be read now; then it is read again when it is asked for, as Talos does when the disk settles.</summary>
    private IReadOnlyDictionary<byte, string>? ReadMeta(string? path)
    {
        if (path is null)
            return new Dictionary<byte, string>();

        try
        {
            if (MetaPartition.Read(path) is { } values)
            {
                _events.Write("meta", ("keys", string.Join(' ', values.Keys.Select(k => $"0x{k:x2}"))));
                return values;
            }
        }
        catch (IOException e)
        {
            _events.Write("meta-unreadable", ("why", e.GetType().Name));
            return null;
        }

        _events.Write("meta-unreadable", ("why", "damaged"));
        return null;
    }

    private IEnumerable<IPAddress> Addresses() => [_options.Address, IPAddress.Loopback, IPAddress.IPv6Loopback];

    /// <summary>Talos's own default is made from the machine's id; here the address takes its place.</summary>
    private string Hostname(string? configured) =>
        configured ?? "talos-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(_options.Address.ToString()))[..4]);

    private static string Fingerprint(X509Certificate2 certificate) =>
        Convert.ToBase64String(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
}
