using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.Yaml;
using Kronform.Provision.Failures;
using Kronform.Provision.Faults.AgentSide;
using Kronform.Provision.Faults.World;

namespace Kronform.Provision.Faults.Scenarios;

/// <summary>One scenario's section. What is wrong goes to the problem list; then there is no scenario.</summary>
internal sealed partial class ScenarioReader
{
    /// <summary>An empty one to be written, and two with data.</summary>
    public static readonly IReadOnlyList<DiskSpec> UsualDisks =
    [
        new("NEW1", 16 << 20, "0x5002538c40000001", "empty"), new("OSD1", 16 << 20, "0x5002538c40000002", "bluestore"), new("DATA1", 16 << 20, "0x5002538c40000003", "noise"),
    ];

    private readonly ProblemList _problems;
    private bool _ok = true;

    private ScenarioReader(ProblemList problems) => _problems = problems;

    public static Scenario? Read(string name, ConfigSection section, ProblemList problems, string place)
    {
        var reader = new ScenarioReader(problems);
        var scenario = reader.Read(name, section, place);
        section.RejectUnknownKeys();
        return reader._ok ? scenario : null;
    }

    private Scenario Read(string name, ConfigSection s, string place)
    {
        var scenario = new Scenario
        {
            Name = name,
            Why = s.Text("why", "what goes wrong, in a sentence", "say what goes wrong, in a sentence") ?? "",
            Tier = OneOf(s, "tier", Scenario.Emulated, Scenario.Emulated, Scenario.Rack),
            Place = place,
            Server = Sub(s, "server", Server) ?? new ServerPlan(),
            Disks = Disks(s),
            Chosen = s.Text("chosen", "a serial") ?? "NEW1",
            Robot = Sub(s, "robot", Robot) ?? new RobotPlan(),
            Ssh = [.. s.Texts("ssh", "WHERE WHAT [xN] [after TEXT]").Select(t => Ssh(s, t)).OfType<SshFault>()],
            Agent = Sub(s, "agent", Agent) ?? new AgentFaults(),
            Talos = Talos(s),
            Image = Sub(s, "image", i => new ImagePlan(OneOf(i, "what", "good", ImageKinds), OneOf(i, "packed", "raw", "raw", "zst", "xz", "gz"))) ?? new ImagePlan(),
            Roles = s.Has("roles") ? s.Texts("roles", "controlplane or worker") : ["controlplane"],
            BootstrapAt = s.Text("bootstrapAt", "a node") ?? "n4",
            State = s.Text("state", "normal, read-only or full:KIB") ?? "normal",
            Speed = Number(s, "speed", 40),
            Deadlines = Number(s, "deadlines", 1),
            Runs = Runs(s),
            Expect = Sub(s, "expect", Expect) ?? new Prediction(),
        };
        if (!s.Has("expect")) Problem(s, "expect", "is missing", "predict the outcome");
        return scenario;
    }

    private static readonly string[] ImageKinds =
    [
        "good", "wrong-digest", "truncated", "corrupt", "not-an-image", "garbage-behind", "too-large", "no-meta",
        "url", "url-cut", "url-404", "url-500", "url-500-once", "url-other-bytes", "url-page", "url-lying-length",
    ];

    private ServerPlan Server(ConfigSection s) => new()
    {
        Begins = OneOf(s, "begins", "silent", "silent", "off", "foreign", "old-rescue", "maintenance", "other-cluster"),
        Post = Duration(s, "post") ?? TimeSpan.FromSeconds(8),
        Boots = Boots(s),
        WiredWrong = s.Flag("wiredWrong"),
    };

    private IReadOnlyList<string> Boots(ConfigSection s)
    {
        string[] known = ["normal", "never", "late", "old-os", "off", "other-host-key", "no-report", "shuffled", "no-wwns", "vkvm", "not-rescue", "refuses-key", "gone-disk", "other-disk", "other-nonce", "other-cluster", "rescue-again"];
        var boots = s.Texts("boots", "what boots come to");
        foreach (var boot in boots.Where(b => !known.Contains(b.Split(' ')[0]))) Problem(s, "boots", $"\"{boot}\" is nothing that a boot comes to", $"one of {string.Join(", ", known)}");
        return boots;
    }

    private IReadOnlyList<DiskSpec> Disks(ConfigSection s)
    {
        if (s.Find("disks")?.Value is not YamlList list) return UsualDisks;
        var disks = new List<DiskSpec>();
        foreach (var item in list.Items)
        {
            if (item is not YamlMap map)
            {
                _problems.Add(item, s.FieldOf("disks"), "is no map", "write { serial: S, holds: empty }");
                _ok = false;
                continue;
            }

            var d = new ConfigSection(_problems, s.FieldOf("disks"), map, item.Line, item.Column);
            string holds = d.Text("holds", "what it holds") ?? "empty";
            if (!DiskContents.IsKnown(holds))
            {
                Problem(d, "holds", $"\"{holds}\" is no known content", "write empty, bluestore, old-talos, noise or the name of a capture");
                continue;
            }

            string serial = d.Text("serial", "a serial", "give the disk a serial") ?? "";
            disks.Add(new DiskSpec(serial, DiskContents.SizeOf(holds) ?? (long)Number(d, "mib", 16) << 20, d.Text("wwn", "0x…") ?? $"0x5002538c4000000{disks.Count + 1}", holds) { Mounted = d.Flag("mounted") });
            d.RejectUnknownKeys();
        }

        return disks;
    }

    private AgentFaults Agent(ConfigSection s) => new()
    {
        Times = (int)Number(s, "times", 0), Busy = s.Flag("busy"), FailWrite = Maybe(s, "failWrite"), Lasting = s.Flag("lasting"), LoseWritesFrom = Maybe(s, "loseWritesFrom"),
        UnreadableAt = Maybe(s, "unreadableAt"), FlippedAt = Maybe(s, "flippedAt"), HangAtWrite = Maybe(s, "hangAtWrite"), DieAtWrite = Maybe(s, "dieAtWrite"),
        DieAtLine = s.Text("dieAtLine", "a piece of an event"), Speed = Number(s, "speed", 1),
    };

    private IReadOnlyList<string> Talos(ConfigSection s)
    {
        var words = s.Texts("talos", "faults of the Talos emulator");
        try
        {
            TalosFaults.Plan(words);
        }
        catch (FormatException e)
        {
            Problem(s, "talos", e.Message, "see docs/faults.md");
        }

        return words;
    }

    private Prediction Expect(ConfigSection s) => new()
    {
        Node = s.Text("node", "what runs in the end"),
        Bootstraps = (int)Number(s, "bootstraps", 0),
        Resets = (int)Number(s, "resets", 0),
        Disk = string.Join('|', (s.Text("disk", "image, no-table, untouched or any") ?? "image").Split('|').Select(d => Known(s, "disk", d, "image", "no-table", "untouched", "any"))),
        MayChange = s.Texts("mayChange", "serials"),
    };

    private List<RunPlan> Runs(ConfigSection s)
    {
        if (s.Find("runs")?.Value is not YamlList { Items.Count: > 0 } list)
        {
            Problem(s, "runs", "is missing or no list", "write what the operator runs, and what is expected of each run");
            return [];
        }

        var runs = new List<RunPlan>();
        foreach (var item in list.Items)
        {
            if (item is not YamlMap map)
            {
                _problems.Add(item, s.FieldOf("runs"), "is no map", "write { expect: healthy }");
                _ok = false;
                continue;
            }

            var r = new ConfigSection(_problems, s.FieldOf("runs"), map, item.Line, item.Column);
            runs.Add(Run(r));
            r.RejectUnknownKeys();
        }

        return runs;
    }

    private RunPlan Run(ConfigSection r)
    {
        var run = new RunPlan
        {
            Arguments = r.Text("arguments", "nodes and options") ?? "n4",
            First = r.Texts("first", "what happens before"),
            KillAtEntry = (int)Number(r, "killAtEntry", 0), KillAfter = r.Flag("killAfter"),
            KillAtPart = r.Has("killAtPart") ? Number(r, "killAtPart", 0) : null, At = AtLines(r), Says = r.Text("says", "a piece of the JSON output"),
            Together = (int)Number(r, "together", 1),
            Expect = r.Texts("expect", "healthy, unchanged, killed or a failure code"),
        };
        foreach (var first in run.First.Where(f => !FirstSteps.IsKnown(f))) Problem(r, "first", $"\"{first}\" is nothing that can be done", $"one of {FirstSteps.Known}");
        if (run.Expect.Count != run.Together) Problem(r, "expect", $"has {run.Expect.Count} outcomes for {run.Together} processes", "predict one outcome for each process");
        foreach (var expected in run.Expect.SelectMany(e => e.Split('|')).Where(e => e is not ("healthy" or "unchanged" or "killed") && !IsCode(e))) Problem(r, "expect", $"\"{expected}\" is no outcome", "write healthy, unchanged, killed or a failure code");
        return run;
    }

    private List<AtLine> AtLines(ConfigSection r)
    {
        var acts = new List<AtLine>();
        foreach (string text in r.Texts("at", "what happens in the midst, TEXT => kill, term or skew ±DURATION"))
        {
            try
            {
                acts.Add(AtLine.Parse(text));
            }
            catch (FormatException e)
            {
                Problem(r, "at", e.Message, "see docs/faults.md");
            }
        }

        return acts;
    }

    private static bool IsCode(string name) => FailureCode.Named(name).Name == name;
}
