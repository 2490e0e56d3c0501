using Kronform.Provision.Failures;
using Kronform.Provision.Faults.Running;

namespace Kronform.Provision.Faults.OnRack;

/// <summary>The rack's part of scripts/faults. It runs outside the kit's own network: a rack makes one for itself.</summary>
internal static class RackKit
{
    /// <summary>What the names of its scenarios begin with, and no others.</summary>
    public const string Prefix = "rack-";

    /// <summary>What the rescue system's kernel says of a controller whose completions stay away, as the agent quotes it.</summary>
    private const string HungController = "timeout, reset controller";

    /// <summary>Whether the rack has a part in the command; null for whatever is no <c>run</c> or <c>all</c>.</summary>
    public static bool? HasPartIn(string[] arguments) => arguments switch
    {
        ["run", .. var rest] => rest.Any(IsItsName),
        ["all", .. var rest] => Array.IndexOf(rest, "--tier") is var at && (at < 0 || rest.ElementAtOrDefault(at + 1) == "rack"),
        _ => null,
    };

    /// <summary>Whether the emulated tier has.</summary>
    public static bool OthersHavePartIn(string[] arguments) => arguments switch
    {
        ["run", .. var rest] => rest.Any(a => !a.StartsWith("--", StringComparison.Ordinal) && !int.TryParse(a, out _) && !IsItsName(a)),
        ["all", .. var rest] => Array.IndexOf(rest, "--tier") is var at && (at < 0 || rest.ElementAtOrDefault(at + 1) != "rack"),
        _ => true,
    };

    public static bool IsItsName(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    public static async Task<int> RunAsync(string[] arguments, CancellationToken cancellation)
    {
        try
        {
            var all = RackScenarioFile.LoadAll();
            var chosen = arguments[0] == "all" ? all
                : [.. arguments.Where(IsItsName).SelectMany(name => Named(all, name))];
            // One at a time: a machine is emulated in full, and two of them make each other's deadlines lies.
            var verdicts = new List<Verdict>();
            foreach (var scenario in chosen)
            {
                var verdict = await RackPlay.PlayAsync(scenario, cancellation);
                if (!verdict.AsPredicted && verdict.Story.Contains(HungController, StringComparison.Ordinal))
                {
                    Console.WriteLine($"     {scenario.Name}: the rack's own NVMe controller stopped answering (docs/virtual-rack.md), which is none of the faults; once more");
                    verdict = await RackPlay.PlayAsync(scenario, cancellation);
                }

                verdicts.Add(verdict);
                Console.WriteLine(SummaryTable.Line(verdict));
                if (!verdict.AsPredicted || arguments.Contains("--story")) Console.WriteLine(verdict.Story);
            }

            Console.WriteLine(SummaryTable.Of(verdicts));
            return verdicts.All(v => v.AsPredicted) ? 0 : 1;
        }
        catch (Exception e) when (e is ProvisionException or FormatException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }
    }

    private static List<RackScenario> Named(IReadOnlyList<RackScenario> all, string name)
    {
        var found = all.Where(s => name.EndsWith('*') ? s.Name.StartsWith(name[..^1], StringComparison.Ordinal) : s.Name == name).ToList();
        return found.Count > 0 ? found : throw new FormatException($"There is no scenario {name}; see scripts/faults list.");
    }
}
