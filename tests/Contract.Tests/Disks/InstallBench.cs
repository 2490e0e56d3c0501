using Kronform.Provision.Disks.Inventories;
using Kronform.Provision.Disks.Reports;
using System.Net;
using System.Security.Cryptography;
using Kronform.Provision.Agent.Jobs;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Images;
using Kronform.Provision.Reports;
using Kronform.Provision.Rescue;
using Kronform.Provision.Runs;
using Kronform.Provision.Runs.Acts;
using Kronform.Provision.Ssh;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kronform.Provision.Contract.Tests.Disks;

/// <summary>
/// A machine with an empty system disk (NEW1), a data disk of an old Talos (OLD1) and an OSD, a journal, and the acts of a run
/// between rescue and the written disk.
/// </summary>
internal sealed class InstallBench : IDisposable
{
    private readonly TempFolder _folder = new();
    private JournalFile _journal;

    public InstallBench()
    {
        Host.Add(new FakeDisk("sda", 16 * TestImage.MiB) { Udev = new() { ["ID_SERIAL_SHORT"] = "NEW1", ["ID_WWN"] = "0x5002538c40000001" } });
        Host.Add(OldTalos.Described());
        Host.Write("sdb", 0, OldTalos.Disk());
        Host.Add(new FakeDisk("sdc", 16 * TestImage.MiB)
        {
            Bus = "pci0000:00/0000:00:17.0/ata3/host2/target2:0:0/2:0:0:0",
            Udev = new() { ["ID_SERIAL_SHORT"] = "OSD1", ["ID_WWN"] = "0x5002538c40000003" },
        });
        Host.Write("sdc", 0, "bluestore block device\n11111111-2222-3333-4444-555555555555\n"u8);
        File.WriteAllBytes(_folder["agent"], [1]);
        File.WriteAllBytes(_folder["image"], new TestImage().Raw);
        Session = new AgentInProcess(Host);
        _journal = JournalFile.Open(JournalPath, TimeProvider.System);
        _journal.Append(new RunStarted("n4", 321, new string('a', 64), TestImage.Nonce));
    }

    public FakeHost Host { get; } = new();

    public AgentInProcess Session { get; }

    public NotesReporter Reporter { get; } = new();

    public string JournalPath => _folder["run.journal"];

    public IReadOnlyList<JournalEntry> Entries => _journal.Entries;

    public byte[] Disk(string name) => Host.Read(name, 0, 16 * TestImage.MiB);

    public string PathOf(string file) => _folder[file];

    /// <summary>Where the server fetches the image itself; null when it is sent.</summary>
    public string? PullFrom { get; set; }

    public byte[] ImageBytes => File.ReadAllBytes(_folder["image"]);

    /// <summary>What is kept of what was wiped.</summary>
    public string[] WipedFiles => Directory.GetFiles(Path.Combine(_folder["state"], "n4"), "*.wiped.jsonl");

    /// <summary>One attempt by a process of its own: the journal is opened anew.</summary>
    public async Task<NodeContext> InstallAsync(RunOptions options, CancellationToken cancellation)
    {
        _journal.Dispose();
        _journal = JournalFile.Open(JournalPath, TimeProvider.System);
        var context = await ContextAsync(options, _journal, cancellation);
        context.Append(new AttemptStarted(1));
        LastContext = context;
        await Installation.RunAsync(context, Session, Facts(context), cancellation);
        return context;
    }

    /// <summary>Of the last attempt, whatever became of it.</summary>
    public NodeContext LastContext { get; private set; } = null!;

    /// <summary>The same process once more, over another connection.</summary>
    public Task ReconnectAsync(CancellationToken cancellation) => Installation.RunAsync(LastContext, Session, Facts(LastContext), cancellation);

    /// <summary>What a dry run does with the disks of a rescue system.</summary>
    public async Task<DiskDecision> PreviewAsync(RunOptions options, CancellationToken cancellation)
    {
        var context = await ContextAsync(options, null, cancellation);
        var link = new AgentLink(Session, context.Services.Agent, context.Services.Time);
        var inventory = await Installation.InspectAsync(context, link, Facts(context), cancellation);
        var decision = await Neutralising.PreviewAsync(context, link, DiskChoice.Make(context, DiskInventory.FromRescue(inventory)), cancellation);
        decision.Require(context);
        return decision;
    }

    /// <summary>Another run, which knows nothing of the one before. Its nonce is the same, so that the disk looks the same.</summary>
    public void ForgetJournal()
    {
        _journal.Dispose();
        File.Delete(JournalPath);
        _journal = JournalFile.Open(JournalPath, TimeProvider.System);
        _journal.Append(new RunStarted("n4", 321, new string('a', 64), TestImage.Nonce));
    }

    /// <summary>Steps that jobs have begun.</summary>
    public IReadOnlyList<string> JobSteps()
    {
        var steps = new List<string>();
        foreach (var job in JobFolder.All(Host.Roots))
            JobLogReader.ReadAll(job.Events, said => { if (said is AgentStep step) steps.Add(step.Step); }).At.Dispose();
        return steps;
    }

    public async Task UntilWatchedAsync(string job, CancellationToken cancellation)
    {
        for (var since = TimeProvider.System.GetTimestamp(); await JobSocket.WatchersAsync(JobFolder.Existing(Host.Roots, job), TimeProvider.System, cancellation) == 0;)
        {
            if (TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromSeconds(30)) throw new TimeoutException($"nobody listens to {job}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellation);
        }
    }

    /// <summary>Until no job is at work.</summary>
    public async Task UntilOverAsync(CancellationToken cancellation)
    {
        for (var since = TimeProvider.System.GetTimestamp(); (await JobList.ReadAsync(Host.World(), cancellation)).Jobs is var jobs && jobs.Any(job => job.Running);)
        {
            if (TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromSeconds(60)) throw new TimeoutException($"at work: {string.Join(", ", jobs)}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellation);
        }
    }

    public void Dispose()
    {
        _journal.Dispose();
        Host.Dispose();
        _folder.Dispose();
    }

    private static RescueFacts Facts(NodeContext context) =>
        new("boot-1", new() { Hostname = "rescue", RootFileSystem = "tmpfs", HetznerBuildFile = true }, "x86_64", [], context.Services.Agent.Sha256);

    private async Task<ImageFile> ImageAsync(string sha256, CancellationToken cancellation) => PullFrom is null
        ? await ImageFile.OpenAsync(_folder["image"], sha256, cancellation)
        : new ImageFile { Source = new() { Kind = "http", Url = PullFrom, Sha256 = sha256 } };

    private async Task<NodeContext> ContextAsync(RunOptions options, JournalFile? journal, CancellationToken cancellation)
    {
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(_folder["image"], cancellation)));
        var image = new ImageReference { File = _folder["image"], Sha256 = sha256 };
        var node = new NodeSpec { Name = "n4", ServerNumber = 321, Role = NodeRole.ControlPlane, ConfigPath = "n4.yaml", Line = 1, Column = 1 };
        var cluster = new ClusterSpec
        {
            File = "provision.yaml",
            Name = "bench",
            Endpoint = new Uri("https://api.example:6443"),
            TalosVersion = TalosVersion.TryParse("v1.13.9")!,
            Robot = new RobotAccess(new Uri("https://robot.example"), null!, null!),
            Ssh = new SshKey(null, ""),
            Image = image,
            Nodes = [node],
        };
        var config = new MachineConfig
        {
            File = "n4.yaml",
            Raw = default,
            Sha256 = "",
            Role = NodeRole.ControlPlane,
            RoleText = new ConfigText("controlplane", 1, 1),
            DiskSelector = new Dictionary<string, ConfigText> { ["serial"] = new("NEW1", 2, 1) },
            CaCertificatePem = "",
            CaFingerprint = "",
            CaPosition = (1, 1),
        };
        // The acts between rescue and the written disk have nothing to ask Robot or Talos.
        var services = new RunServices(cluster, null!, null!, null!, AgentBinary.Find(_folder["agent"]), await ImageAsync(sha256, cancellation),
            new StateFolder(_folder["state"]), Reporter, TimeProvider.System, NullLoggerFactory.Instance);
        return new NodeContext(services, node, config, IPAddress.Loopback, options, journal, new PhaseClock(TimeProvider.System));
    }
}

/// <summary>Keeps what a run told.</summary>
internal sealed class NotesReporter : IRunReporter
{
    public List<string> Notes { get; } = [];

    /// <summary>What was waited for, each once when it changed.</summary>
    public List<string> Statuses { get; } = [];

    public void PhaseStarted(string node, RunPhase phase, string text)
    {
    }

    public void Note(string node, string text) => Notes.Add(text);

    public void Status(string node, string text, long? done = null, long? total = null)
    {
        if (Statuses.LastOrDefault() != text) Statuses.Add(text);
    }

    public void Disks(string node, DiskReport report)
    {
    }

    public void Finished(NodeResult result)
    {
    }
}
