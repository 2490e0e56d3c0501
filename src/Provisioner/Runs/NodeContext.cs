using System.Net;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Images;
using Kronform.Provision.Reports;
using Kronform.Provision.Rescue;
using Kronform.Provision.Runs.Deadlines;
using Kronform.Provision.Servers;
using Kronform.Provision.Ssh;
using Kronform.Provision.Talos;
using Microsoft.Extensions.Logging;

namespace Kronform.Provision.Runs;

/// <summary>What all runs of one command share.</summary>
/// <param name="RobotIfAny">Null in a command that goes on without Robot.</param>
public sealed record RunServices(
    ClusterSpec Cluster,
    RobotClient? RobotIfAny,
    ISshClient Ssh,
    TalosIdentity Identity,
    AgentBinary Agent,
    ImageFile Image,
    StateFolder State,
    IRunReporter Reporter,
    TimeProvider Time,
    ILoggerFactory Logs)
{
    /// <summary>What runs measure their waits by, and stamp their journals with.</summary>
    public TimeProvider Steady { get; } = new SteadyTime(Time);

    /// <summary>What Robot says of servers, asked with moderation.</summary>
    public ServerLook Servers { get; } = new(RobotIfAny, new SteadyTime(Time));

    public RobotClient Robot => RobotIfAny ?? throw new InvalidOperationException("This command goes on without Robot.");
}

/// <summary>One node's run: what it is about, and the journal it writes. Lives as long as the attempt.</summary>
/// <param name="remembered">What earlier journals say that still matters.</param>
public sealed class NodeContext(RunServices services, NodeSpec node, MachineConfig config, IPAddress address, RunOptions options, JournalFile? journal, PhaseClock clock, RunRecord? remembered = null)
{
    public RunServices Services { get; } = services;

    public NodeSpec Node { get; } = node;

    public MachineConfig Config { get; } = config;

    public IPAddress Address { get; } = address;

    public RunOptions Options { get; } = options;

    public RunRecord Record { get; private set; } = RunRecord.From(NotAhead(journal?.Entries ?? [], services.Steady.GetUtcNow()), remembered);

    public PhaseClock Clock { get; } = clock;

    /// <summary>Keeps how long the server's boots took; null in a command that boots nothing.</summary>
    public BootLearner? Boots { get; init; }

    /// <summary>Shared by all runs of the command.</summary>
    public LookPace Pace { get; init; } = new();

    /// <summary>That the machine config gives the node, without its domain: its name in etcd.</summary>
    public string Hostname => (Config.Hostname?.Value ?? Node.Name).Split('.')[0];

    public DateTimeOffset Now => Services.Steady.GetUtcNow();

    /// <summary>Something on the server or in the cluster was changed since this command began.</summary>
    public bool Changed { get; private set; }

    /// <summary>A disk of the server was written to since this command began.</summary>
    public bool DiskTouched { get; private set; }

    /// <summary>How far this process has listened to a job that is past its question; null when it need hear all of it.</summary>
    public (string Job, int Event)? Heard { get; set; }

    public void Append<T>(T entry) where T : JournalEntry
    {
        if (journal is null) throw new InvalidOperationException("A dry run does nothing that belongs into a journal.");
        Record = Record.After(journal.Append(entry));
        Changed |= entry is RescueArming or ResetPressing or NeutraliseStarting or WriteStarting or WriteRejoined or RebootAsking or ConfigSending or BootstrapAsking;
        DiskTouched |= entry is NeutraliseStarting or WriteStarting or WriteRejoined;
    }

    public void Enter(RunPhase phase, string text)
    {
        if (Clock.Enter(phase)) Services.Reporter.PhaseStarted(Node.Name, phase, text);
    }

    public void Note(string text) => Services.Reporter.Note(Node.Name, text);

    public void Status(string text, long? done = null, long? total = null) => Services.Reporter.Status(Node.Name, text, done, total);

    /// <summary>
    /// What an earlier process did lies in the past. Where the clock has been set back since, an entry seems to lie ahead, and whoever
    /// waits from then on would wait for as long as the clock was wrong.
    /// </summary>
    public static IEnumerable<JournalEntry> NotAhead(IEnumerable<JournalEntry> entries, DateTimeOffset now) => entries.Select(e => e.At > now ? e with { At = now } : e);
}
