using Kronform.Provision.Cluster.Yaml;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Cluster.Schematics;

/// <summary>Reads a schematic from a file of its own, as the Image Factory takes it.</summary>
public static class SchematicFile
{
    /// <exception cref="ConfigProblemsException">Everything that is wrong, at once.</exception>
    public static Schematic Load(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            var what = File.Exists(path) ? "cannot be read" : "does not exist";
            throw new ConfigProblemsException($"Reading the schematic {path}",
                [new ConfigProblem(path, 1, 1, "", $"the file {what}", "correct image.schematic.file in provision.yaml")], error);
        }

        return Parse(text, path);
    }

    /// <exception cref="ConfigProblemsException">Everything that is wrong, at once.</exception>
    internal static Schematic Parse(string text, string path)
    {
        var problems = new ProblemList(path, FailureCode.ConfigInvalid);
        var documents = YamlDocuments.Parse(text, problems);
        var schematic = Schematic.Default;
        if (documents is [YamlMap map]) schematic = SchematicReader.Read(map, "", problems);
        else if (!problems.Any) problems.Add(1, 1, "", "the file is not one map of keys", "write the schematic, like customization: {}");
        return problems.Any ? throw new ConfigProblemsException($"Reading the schematic {path}", problems.InFileOrder()) : schematic;
    }
}
