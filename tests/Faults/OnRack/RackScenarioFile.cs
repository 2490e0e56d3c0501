using System.Globalization;
using System.Text.RegularExpressions;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.Yaml;
using Kronform.Provision.Failures;
using Kronform.Provision.Faults.Scenarios;

namespace Kronform.Provision.Faults.OnRack;

/// <summary>The rack's scenarios: files of maps from name to scenario. Every fault of the data names file, line and field.</summary>
internal static partial class RackScenarioFile
{
    private static readonly string[] Verbs =
        ["kill", "term", "kill-agent", "quirk", "edit", "hang", "link-down", "power-cut", "power-on", "power-button", "ctrl-alt-del", "shuffle", "reset"];

    public static string Folder => Path.Combine(AppContext.BaseDirectory, "scenarios", "rack");

    /// <inheritdoc cref="ScenarioFile.LoadAll(string?)"/>
    public static IReadOnlyList<RackScenario> LoadAll(string? folder = null) => ScenarioFile.LoadAll(folder ?? Folder, s => s.Name, Read);

    private static RackScenario Read(string name, ConfigSection s, ProblemList problems, string place)
    {
        var scenario = new RackScenario
        {
            Name = name,
            Place = place,
            Why = s.Text("why", "what goes wrong, in a sentence", "say what goes wrong, in a sentence") ?? "",
            Rack = s.Text("rack", "a rack's description") ?? "one-sata",
            Node = s.Text("node", "a server of the rack") ?? "n4",
            Firmware = s.Text("firmware", "bios or uefi"),
            Runs = Runs(s, problems),
            Expect = s.Has("expect") && s.Section("expect", "write a map") is { } expect ? Expect(expect) : new RackPrediction(),
        };
        s.RejectUnknownKeys();
        return scenario;
    }

    private static RackPrediction Expect(ConfigSection s)
    {
        var prediction = new RackPrediction { Bootstraps = Number(s, "bootstraps", 1), Resets = Number(s, "resets", 1), Disk = s.Text("disk", "image, no-table, untouched or any") ?? "image" };
        if (prediction.Disk is not ("image" or "no-table" or "untouched" or "any")) s.Report("disk", $"\"{prediction.Disk}\" is nothing a disk can be", "write image, no-table, untouched or any");
        s.RejectUnknownKeys();
        return prediction;
    }

    private static List<RackRun> Runs(ConfigSection s, ProblemList problems)
    {
        var runs = new List<RackRun>();
        if (s.Find("runs")?.Value is not YamlList { Items.Count: > 0 } list)
        {
            s.Report("runs", "is missing or no list", "write what the operator runs, and what is expected of each run");
            return runs;
        }

        foreach (var map in list.Items.OfType<YamlMap>())
        {
            var r = new ConfigSection(problems, s.FieldOf("runs"), map, map.Line, map.Column);
            var expect = r.Texts("expect", "outcomes");
            if (expect.Count == 0) r.Report("expect", "is missing", "write healthy, unchanged, killed or a failure code");
            runs.Add(new RackRun(
                r.Text("run", "node and options") ?? "n4",
                [.. r.Texts("first", "VERB [ARGUMENT]").Select(t => Act(r, "first", t)).OfType<RackAct>()],
                [.. r.Texts("at", "PHASE[/STATUS] [+TIME]: VERB [ARGUMENT]").Select(t => Timed(r, t)).OfType<TimedAct>()],
                Number(r, "together", 1), expect));
            r.RejectUnknownKeys();
        }

        return runs;
    }

    private static TimedAct? Timed(ConfigSection s, string text)
    {
        if (When().Match(text) is { Success: true } match && Act(s, "at", match.Groups["act"].Value) is { } act)
            return new TimedAct(match.Groups["phase"].Value, match.Groups["status"] is { Success: true } status ? status.Value : null,
                match.Groups["after"] is { Success: true } after ? Durations.Parse(after.Value) : TimeSpan.Zero, act);
        s.Report("at", $"\"{text}\" is no act in a run", "write PHASE[/STATUS] [+TIME]: VERB [ARGUMENT]");
        return null;
    }

    private static RackAct? Act(ConfigSection s, string key, string text)
    {
        string[] words = text.Split(' ', 2, StringSplitOptions.TrimEntries);
        if (Verbs.Contains(words[0])) return new RackAct(words[0], words.Length == 2 ? words[1] : null);
        s.Report(key, $"\"{words[0]}\" is no act", $"one of {string.Join(", ", Verbs)}");
        return null;
    }

    private static int Number(ConfigSection s, string key, int standard)
    {
        if (s.Text(key, "a number") is not { } text) return standard;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)) return number;
        s.Report(key, $"\"{text}\" is no number", "write a whole number");
        return standard;
    }

    [GeneratedRegex(@"^(?<phase>[a-z]+)(/(?<status>[^+:]+?))?( \+(?<after>\d+(ms|s|m)))?: (?<act>.+)$")]
    private static partial Regex When();
}
