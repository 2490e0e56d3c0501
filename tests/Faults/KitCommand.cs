using Kronform.Provision.Failures;
using Kronform.Provision.Faults.OnRack;
using Kronform.Provision.Faults.Running;
using Kronform.Provision.Faults.Scenarios;

namespace Kronform.Provision.Faults;

/// <summary>scripts/faults.</summary>
internal static class KitCommand
{
    private const string Help = """
        Plays faults and compares with what is predicted.  scripts/faults COMMAND
          list                               every scenario: name, tier, what goes wrong
          run NAME [...] [--story]           these; a name may end with *. --story shows every line the product said
          all [--tier emulated|rack]         all of them
          kill-matrix [--instants N] [--seed S] [--jobs N]
                                             kill -9 of the product before and after every entry of a full run's journal, then at
                                             N random instants (default 100, seed 1), each followed by one more run
        Options of run and all: [--jobs N] how many at once (default: processors).
        Exits 0 when every outcome was as predicted, 1 when one was not, 2 when the command or the data are wrong.
        """;

    public static async Task<int> RunAsync(string[] arguments)
    {
        try
        {
            return arguments switch
            {
                ["list", ..] => List(),
                ["run", .. var names] => await PlayAsync(Named(names.Where(n => !RackKit.IsItsName(n) && !n.StartsWith("--", StringComparison.Ordinal) && !int.TryParse(n, out _))), names),
                ["all", .. var options] => await PlayAsync(Catalogue.All().Where(s => s.Tier == Option(options, "--tier", s.Tier)).ToList(), options),
                ["kill-matrix", .. var options] => await MatrixAsync(options),
                _ => Say(Help, 0),
            };
        }
        catch (Exception e) when (e is ProvisionException or FormatException)
        {
            return Say(e.Message, 2);
        }
    }

    private static int List()
    {
        foreach (var s in Catalogue.All()) Console.WriteLine($"{s.Name,-44} {s.Tier,-9} {s.Why}");
        foreach (var s in RackScenarioFile.LoadAll()) Console.WriteLine($"{s.Name,-44} {"rack",-9} {s.Why}");
        return 0;
    }

    private static List<Scenario> Named(IEnumerable<string> names)
    {
        var all = Catalogue.All();
        var chosen = new List<Scenario>();
        foreach (var name in names)
        {
            var found = all.Where(s => name.EndsWith('*') ? s.Name.StartsWith(name[..^1], StringComparison.Ordinal) : s.Name == name).ToList();
            if (found.Count == 0) throw new FormatException($"There is no scenario {name}; see scripts/faults list.");
            chosen.AddRange(found);
        }

        return chosen.Count > 0 ? chosen : throw new FormatException("Name a scenario; see scripts/faults list.");
    }

    private static async Task<int> PlayAsync(IReadOnlyList<Scenario> scenarios, string[] options)
    {
        bool story = options.Contains("--story");
        var verdicts = await Playing.AllAsync(scenarios, int.Parse(Option(options, "--jobs", $"{Environment.ProcessorCount}"), System.Globalization.CultureInfo.InvariantCulture), v =>
        {
            Console.WriteLine(SummaryTable.Line(v));
            if (story || !v.AsPredicted) Console.WriteLine(v.Story);
        });
        Console.WriteLine(SummaryTable.Of(verdicts));
        return verdicts.All(v => v.AsPredicted) ? 0 : 1;
    }

    private static async Task<int> MatrixAsync(string[] options)
    {
        int instants = int.Parse(Option(options, "--instants", "100"), System.Globalization.CultureInfo.InvariantCulture);
        int seed = int.Parse(Option(options, "--seed", "1"), System.Globalization.CultureInfo.InvariantCulture);
        return await PlayAsync([.. KillMatrix.AtEntries(await KillMatrix.EntriesAsync()), .. KillMatrix.AtInstants(instants, seed)], options);
    }

    private static string Option(string[] options, string name, string standard)
    {
        int at = Array.IndexOf(options, name);
        return at >= 0 && at + 1 < options.Length ? options[at + 1] : standard;
    }

    private static int Say(string text, int code)
    {
        (code == 0 ? Console.Out : Console.Error).WriteLine(text);
        return code;
    }
}
