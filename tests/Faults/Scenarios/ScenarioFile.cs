using System.Globalization;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.Yaml;
using Kronform.Provision.Failures;
using Kronform.Provision.Faults.World;

namespace Kronform.Provision.Faults.Scenarios;

/// <summary>The kit's data: files of scenarios, each a map from name to scenario. Every fault of the data names file, line and field.</summary>
internal static class ScenarioFile
{
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "scenarios");

    /// <summary>All scenarios, in the order of file names and lines.</summary>
    /// <exception cref="ConfigProblemsException">With everything that is wrong in all files.</exception>
    public static IReadOnlyList<Scenario> LoadAll(string? folder = null)
    {
        var scenarios = new List<Scenario>();
        var found = new List<ConfigProblem>();
        foreach (var file in Directory.GetFiles(folder ?? Folder, "*.yaml").Order(StringComparer.Ordinal))
        {
            var problems = new ProblemList(file, FailureCode.ConfigInvalid);
            scenarios.AddRange(Read(File.ReadAllText(file), problems, scenarios));
            found.AddRange(problems.InFileOrder());
        }

        return found.Count == 0 ? scenarios : throw new ConfigProblemsException("Reading the scenarios", found);
    }

    private static List<Scenario> Read(string text, ProblemList problems, List<Scenario> earlier)
    {
        var read = new List<Scenario>();
        foreach (var document in YamlDocuments.Parse(text, problems))
        {
            if (document is not YamlMap map)
            {
                problems.Add(document, "", "is no map", "write a map from names to scenarios");
                continue;
            }

            foreach (var (name, section) in new ConfigSection(problems, "", map, 1, 1).Sections("write the scenario as a map"))
            {
                if (section is null) continue;
                if (earlier.Concat(read).Any(s => s.Name == name)) section.Report("", $"there is another scenario {name}", "give it a name of its own");
                if (ScenarioReader.Read(name, section, problems, $"{Path.GetFileName(problems.File)}:{section.Line.ToString(CultureInfo.InvariantCulture)}") is { } scenario) read.Add(scenario);
            }
        }

        return read;
    }
}
