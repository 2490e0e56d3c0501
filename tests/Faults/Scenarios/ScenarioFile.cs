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
    public static IReadOnlyList<Scenario> LoadAll(string? folder = null) => LoadAll(folder ?? Folder, s => s.Name, ScenarioReader.Read);

    /// <param name="nameOf">No two scenarios may share one.</param>
    /// <param name="read">From name, section, problems and place (file and line) to a scenario; null when something is wrong with it, which it reports.</param>
    public static IReadOnlyList<T> LoadAll<T>(string folder, Func<T, string> nameOf, Func<string, ConfigSection, ProblemList, string, T?> read) where T : class
    {
        var scenarios = new List<T>();
        var found = new List<ConfigProblem>();
        foreach (var file in Directory.GetFiles(folder, "*.yaml").Order(StringComparer.Ordinal))
        {
            var problems = new ProblemList(file, FailureCode.ConfigInvalid);
            foreach (var document in YamlDocuments.Parse(File.ReadAllText(file), problems))
            {
                if (document is not YamlMap map)
                {
                    problems.Add(document, "", "is no map", "write a map from names to scenarios");
                    continue;
                }

                foreach (var (name, section) in new ConfigSection(problems, "", map, 1, 1).Sections("write the scenario as a map"))
                {
                    if (section is null) continue;
                    if (scenarios.Any(s => nameOf(s) == name)) section.Report("", $"there is another scenario {name}", "give it a name of its own");
                    if (read(name, section, problems, $"{Path.GetFileName(file)}:{section.Line.ToString(CultureInfo.InvariantCulture)}") is { } scenario) scenarios.Add(scenario);
                }
            }

            found.AddRange(problems.InFileOrder());
        }

        return found.Count == 0 ? scenarios : throw new ConfigProblemsException("Reading the scenarios", found);
    }
}
