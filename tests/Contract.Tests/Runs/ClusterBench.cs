extern alias provisioner;

using System.Net;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Contract.Tests.Disks;
using Kronform.Provision.Contract.Tests.Talos;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Reports;
using Kronform.Provision.Runs;
using Kronform.Provision.Runs.Looking;
using Kronform.Provision.Talos;
using Kronform.Provision.TalosEmulator;
using StateFolder = Kronform.Provision.Runs.StateFolder;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Runs;

/// <summary>How one attempt ended: the sentence of a healthy node, or the failure.</summary>
internal sealed record Attempt(string? Summary, bool Changed, ProvisionException? Failure, IReadOnlyList<string> Notes, IReadOnlyList<string> Statuses)
{
    public void AssertHealthy(bool changed) =>
        Assert.True(Failure is null && Changed == changed, $"expected healthy and {(changed ? "changed" : "unchanged")}: {Failure?.Code.Name} {Failure?.Message ?? Summary}\n{string.Join('\n', Notes)}");
}

/// <summary>
/// Three emulated nodes (two control planes and a worker) whose disks a run has written already, the operator's files for them, and
/// the run engine itself from there on.
/// </summary>
internal sealed class ClusterBench : IAsyncDisposable
{
    private const string Nonce = "5f3b8a0c5f3b8a0c5f3b8a0c5f3b8a0c5f3b8a0c5f3b8a0c5f3b8a0c5f3b8a0c";
    private const long DiskBytes = 512110190592;

    private static readonly EmulatorTimings Quick = new()
    {
        CriUp = TimeSpan.FromMilliseconds(50), KubeletUp = TimeSpan.FromMilliseconds(100), EtcdStart = TimeSpan.FromMilliseconds(300),
        LearnerPromotion = TimeSpan.FromMilliseconds(300), PeerPoll = TimeSpan.FromMilliseconds(100),
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("cluster-bench-").FullName;
    private readonly TalosIdentity _identity;
    private int _journals;

    /// <param name="learning">From joining to voting.</param>
    public ClusterBench(string release = "v1.13.9", TimeSpan? learning = null)
    {
        Cluster = new EmulatedCluster(release, learning is { } time ? Quick with { LearnerPromotion = time } : Quick);
        _identity = TalosIdentity.FromCa(provisioner::Kronform.Provision.Talos.Pki.TalosCa.FromPem(Cluster.Ca.ExportCertificatePem(), Cluster.Ca.ExportKeyPem()), TimeProvider.System);
        for (int n = 1; n <= 3; n++) WriteConfig(n, RoleOf(n));
        Mark(1);
    }

    public EmulatedCluster Cluster { get; }

    public StateFolder State => new(Path.Combine(_folder, "state"));

    public string ProvisionYaml => Path.Combine(_folder, "provision.yaml");

    public string PathOf(string file) => Path.Combine(_folder, file);

    /// <summary>Over all nodes.</summary>
    public int Bootstraps(params ReadOnlySpan<int> nodes)
    {
        int sum = 0;
        foreach (int n in nodes) sum += Cluster.Node(n).Counters.BootstrapsAccepted;
        return sum;
    }

    public void WriteConfig(int node, string type, int? endpointNode = null, string cni = "none", string? hostname = null) =>
        File.WriteAllBytes(PathOf($"n{node}.yaml"), Cluster.Config(node, type, endpointNode, cni, hostname));

    /// <summary>Writes provision.yaml with the bootstrap mark at this node.</summary>
    /// <param name="health">The section of that name, in flow style.</param>
    public void Mark(int marked, string health = "{ }") => File.WriteAllText(ProvisionYaml, $"""
        cluster: {"{"} name: bench, endpoint: "https://{Cluster.Address(1)}:6443", talosVersion: {Cluster.Release} {"}"}
        robot: {"{"} url: "http://127.0.0.1:1", username: {"{"} env: BENCH_HAS_NO_ROBOT {"}"}, password: {"{"} env: BENCH_HAS_NO_ROBOT {"}"} {"}"}
        ssh: {"{"} privateKey: id {"}"}
        image: {"{"} url: "https://127.0.0.1/metal.raw.zst", sha256: {new string('a', 64)} {"}"}
        health: {health}
        nodes:
        {string.Join('\n', Enumerable.Range(1, 3).Select(n => $"  n{n}: {"{"} server: {n}, address: {Cluster.Address(n)}, role: {RoleOf(n)}, config: n{n}.yaml, bootstrap: {(n == marked ? "true" : "false")} {"}"}"))}

        """);

    /// <summary>The node boots again with the config and the data it has.</summary>
    public async Task RestartAsync(int node, Func<EmulatorTimings, EmulatorTimings> timings)
    {
        await Cluster.Node(node).DisposeAsync();
        await Cluster.StartAsync(node, port: TalosClient.DefaultPort, timings: timings);
    }

    /// <summary>The node came up in maintenance mode from the disk that its journal says was written.</summary>
    public async Task StartAsync(int node, Func<EmulatorTimings, EmulatorTimings>? timings = null)
    {
        await Cluster.StartAsync(node, meta: Nonce, disks: $$"""[ { "name": "nvme0n1", "size": {{DiskBytes}}, "serial": "S{{node}}", "model": "SAMSUNG", "transport": "nvme" } ]""", port: TalosClient.DefaultPort, metaKey: BootNonceKey.Tag, timings: timings);
        using var journal = NewJournal(node, TimeProvider.System);
        journal.Append(new WriteDone(new DiskIdentity($"S{node}", null, DiskBytes), 1, "ab"));
        journal.Append(new RebootAsking("boot-1"));
    }

    /// <summary>The node has its machine config already, and its etcd waits.</summary>
    public async Task StartConfiguredAsync(int node)
    {
        await Cluster.StartAsync(node, port: TalosClient.DefaultPort);
        using (var maintenance = await Cluster.MaintenanceClientAsync(node))
            await maintenance.ApplyConfigurationAsync(File.ReadAllBytes(PathOf($"n{node}.yaml")), dryRun: false, TestContext.Current.CancellationToken);
        await Eventually.Async($"apid of n{node}", () => Cluster.ProbeAsync(node), p => p is TalosProbeResult.WantsClientCertificate);
        using var talos = Cluster.Client(node);
        await Eventually.Async($"etcd of n{node} to wait", async () => (await talos.ServicesAsync(TestContext.Current.CancellationToken)).First(s => s.Id == "etcd").State, s => s == "Preparing");
    }

    /// <summary>One attempt by a process of its own. A killed one throws <see cref="KilledException"/>.</summary>
    /// <param name="patience">For the node to become healthy.</param>
    /// <param name="killAt">Entry of this attempt (0 is its start), and looks at the clock after it.</param>
    public async Task<Attempt> RunAsync(int node, TimeSpan? patience = null, (int Entry, int Looks)? killAt = null)
    {
        var mortal = new MortalTime();
        TimeProvider journalTime = killAt is { } at ? new JournalTime(mortal, at.Entry, at.Looks) : mortal;
        var cluster = ClusterFile.Load(ProvisionYaml);
        var spec = cluster.FindNode($"n{node}");
        var reporter = new NotesReporter();
        var services = new RunServices(cluster, null, null!, _identity, null!, null!, State, reporter, mortal, NullLoggerFactory.Instance);
        using var journal = OpenJournal(node, journalTime);
        var options = new RunOptions { Limits = new RunLimits { HealthDeadline = patience ?? TimeSpan.FromSeconds(60) } };
        var context = new NodeContext(services, spec, await new NodeConfigs(cluster, mortal).LoadAsync(spec, TestContext.Current.CancellationToken), spec.Address!, options, journal, new PhaseClock(mortal));
        try
        {
            context.Append(new AttemptStarted(1));
            string summary = await new NodeRun(context, knownNode: false).ToHealthyAsync(TestContext.Current.CancellationToken);
            context.Append(new AttemptEnded("ok"));
            return new Attempt(summary, context.Changed, null, reporter.Notes, reporter.Statuses);
        }
        catch (ProvisionException e)
        {
            context.Append(new AttemptEnded(e.Code.Name));
            return new Attempt(null, context.Changed, e, reporter.Notes, reporter.Statuses);
        }
    }

    /// <summary>Of the node's newest run.</summary>
    public IReadOnlyList<JournalEntry> Journal(int node) => JournalFile.Read(State.Journals($"n{node}")[^1]);

    public Task<ClusterAccess> LookAsync() =>
        ClusterAccess.OpenAsync(ProvisionYaml, State.Root, TimeProvider.System, NullLoggerFactory.Instance, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        _identity.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string RoleOf(int node) => node == 3 ? "worker" : "controlplane";

    private JournalFile OpenJournal(int node, TimeProvider time)
    {
        if (State.Journals($"n{node}") is [.., var newest] && !RunRecord.From(JournalFile.Read(newest)).Healthy) return JournalFile.Open(newest, time);
        NewJournal(node, TimeProvider.System).Dispose();
        return JournalFile.Open(State.Journals($"n{node}")[^1], time);
    }

    private JournalFile NewJournal(int node, TimeProvider time)
    {
        var journal = JournalFile.Open(Path.Combine(State.Node($"n{node}"), $"{Interlocked.Increment(ref _journals):d4}.journal"), time);
        journal.Append(new RunStarted($"n{node}", node, new string('a', 64), Nonce));
        return journal;
    }
}
