using Kronform.Provision.Faults.AgentSide;
using Kronform.Provision.Faults.World;
using Kronform.Provision.VirtualRack.Robot;

namespace Kronform.Provision.Faults.Scenarios;

/// <summary>One named fault as data: the world it happens in, what the operator runs, and the predicted outcome.</summary>
internal sealed record Scenario
{
    public const string Emulated = "emulated";
    public const string Rack = "rack";

    public required string Name { get; init; }

    /// <summary>What goes wrong, in one sentence.</summary>
    public required string Why { get; init; }

    /// <summary><see cref="Emulated"/> or <see cref="Rack"/>.</summary>
    public string Tier { get; init; } = Emulated;

    /// <summary>File and line it was read from.</summary>
    public string Place { get; init; } = "";

    public ServerPlan Server { get; init; } = new();

    public IReadOnlyList<DiskSpec> Disks { get; init; } = [];

    /// <summary>Serial that the machine config names.</summary>
    public string Chosen { get; init; } = "NEW1";

    public RobotPlan Robot { get; init; } = new();

    public IReadOnlyList<SshFault> Ssh { get; init; } = [];

    public AgentFaults Agent { get; init; } = new();

    /// <summary>Faults in the emulator's own words, and <c>clock-not-in-sync</c>, <c>lose-bootstrap-reply</c>.</summary>
    public IReadOnlyList<string> Talos { get; init; } = [];

    public ImagePlan Image { get; init; } = new();

    /// <summary>Nodes n4, n5 … with these roles; n4 is bootstrapped unless <see cref="BootstrapAt"/> says otherwise.</summary>
    public IReadOnlyList<string> Roles { get; init; } = ["controlplane"];

    public string BootstrapAt { get; init; } = "n4";

    /// <summary>State folder: <c>normal</c>, <c>read-only</c>, or <c>full</c> with so many KiB.</summary>
    public string State { get; init; } = "normal";

    public double Speed { get; init; } = 40;

    public double Deadlines { get; init; } = 1;

    public required IReadOnlyList<RunPlan> Runs { get; init; }

    public required Prediction Expect { get; init; }

    public string Predicted => string.Join(", ", Runs.SelectMany(r => r.Expect));
}

internal sealed record ServerPlan
{
    /// <summary>How it is found: silent, off, foreign, old-rescue, maintenance, other-cluster, http.</summary>
    public string Begins { get; init; } = "silent";

    public TimeSpan Post { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>What the boots come to, in order.</summary>
    public IReadOnlyList<string> Boots { get; init; } = [];

    /// <summary>Robot's number belongs to another machine.</summary>
    public bool WiredWrong { get; init; }
}

internal sealed record RobotPlan
{
    public IReadOnlyList<RobotFault> Faults { get; init; } = [];

    public IReadOnlyDictionary<string, int> Limits { get; init; } = new Dictionary<string, int>();

    public TimeSpan Latency { get; init; }

    public string? OtherBoot { get; init; }

    public bool Cancelled { get; init; }

    public string Status { get; init; } = "ready";

    public bool CanReset { get; init; } = true;

    public bool CanRescue { get; init; } = true;

    public bool WrongPassword { get; init; }

    public bool UnknownServer { get; init; }

    public bool OtherAddress { get; init; }

    public bool Unreachable { get; init; }

    /// <summary>The server's firewall lets nothing in.</summary>
    public bool Firewall { get; init; }
}

/// <param name="What">
/// good, wrong-digest, truncated, corrupt, not-an-image, garbage-behind, too-large; <c>url</c> and what the web server does:
/// url, url-cut, url-404, url-500, url-500-once, url-other-bytes, url-page, url-lying-length.
/// </param>
/// <param name="Packed">raw, zst, xz or gz.</param>
internal sealed record ImagePlan(string What = "good", string Packed = "raw");

internal sealed record RunPlan
{
    /// <summary>Node names and options as typed; <c>n4</c> when empty.</summary>
    public string Arguments { get; init; } = "n4";

    /// <summary>Before it: <c>heal</c> takes the faults away; <c>clock +2h</c> moves the world, <c>skew -1h</c> the operator's clock; others damage files.</summary>
    public IReadOnlyList<string> First { get; init; } = [];

    /// <summary>SIGKILL at this entry of the journal, counted within the process; 0 for none.</summary>
    public int KillAtEntry { get; init; }

    public bool KillAfter { get; init; }

    /// <summary>What happens in the midst of it, one after the other.</summary>
    public IReadOnlyList<AtLine> At { get; init; } = [];

    /// <summary>SIGKILL at this part, from 0 to 1, of the time that an undisturbed run takes after its first question to Robot.</summary>
    public double? KillAtPart { get; init; }

    /// <summary>Part of a line of the JSON output that must be there; null when it does not matter.</summary>
    public string? Says { get; init; }

    /// <summary>Processes at once.</summary>
    public int Together { get; init; } = 1;

    /// <summary>healthy, unchanged, killed, or a failure code; one for each process, in any order.</summary>
    public required IReadOnlyList<string> Expect { get; init; }
}

/// <param name="Text">Part of a line of the JSON output.</param>
/// <param name="Verb">kill (SIGKILL), term (SIGTERM) or skew.</param>
/// <param name="By">How wrong the operator's clock is from then on.</param>
internal sealed record AtLine(string Text, string Verb, TimeSpan By)
{
    private const string Between = " => ";

    /// <param name="text">TEXT => kill, TEXT => term or TEXT => skew ±DURATION.</param>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static AtLine Parse(string text)
    {
        int at = text.LastIndexOf(Between, StringComparison.Ordinal);
        if (at <= 0) throw new FormatException($"\"{text}\" has no \"{Between.Trim()}\" between a piece of the JSON output and what happens");
        return text[(at + Between.Length)..].Split(' ') switch
        {
            ["kill" or "term"] act => new AtLine(text[..at], act[0], TimeSpan.Zero),
            ["skew", var by] => new AtLine(text[..at], "skew", Durations.ParseSigned(by)),
            _ => throw new FormatException($"\"{text[(at + Between.Length)..]}\" is nothing that happens at a line: kill, term, skew ±DURATION"),
        };
    }
}

internal sealed record Prediction
{
    /// <summary>What runs on n4 in the end; null when it does not matter.</summary>
    public string? Node { get; init; }

    /// <summary>Over all nodes.</summary>
    public int Bootstraps { get; init; }

    /// <summary>At most.</summary>
    public int Resets { get; init; }

    /// <summary>Of the chosen disk of n4: image, no-table, untouched, any, or two of them with a bar between.</summary>
    public string Disk { get; init; } = "image";

    /// <summary>Further disks by serial that may change.</summary>
    public IReadOnlyList<string> MayChange { get; init; } = [];
}
