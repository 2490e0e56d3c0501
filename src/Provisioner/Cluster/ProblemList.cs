using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Cluster.Yaml;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Cluster;

/// <summary>Collects the problems of one file, so that reading goes on after the first.</summary>
internal sealed class ProblemList(string file, FailureCode code)
{
    private readonly List<ConfigProblem> _problems = [];

    public string File { get; } = file;

    public bool Any => _problems.Count > 0;

    public void Add(int line, int column, string field, string message, string remedy, FailureCode? special = null) =>
        _problems.Add(new ConfigProblem(File, line, column, field, message, remedy) { Code = special ?? code });

    /// <summary>At a value, in whichever file it was written.</summary>
    public void Add(YamlNode at, string field, string message, string remedy) =>
        Add(new ConfigProblem(at.File.Length == 0 ? File : at.File, at.Line, at.Column, field, message, remedy) { Code = code });

    /// <summary>At a value, in whichever file it was written.</summary>
    public void Add(ConfigText at, string field, string message, string remedy) =>
        Add(new ConfigProblem(at.File ?? File, at.Line, at.Column, field, message, remedy) { Code = code });

    public void Add(ConfigProblem problem) => _problems.Add(problem);

    /// <summary>In the order of the file, then of the others that were merged into it. Two readers of one value may say the same; it is said once.</summary>
    public IReadOnlyList<ConfigProblem> InFileOrder() =>
        [.. _problems.Distinct().OrderBy(p => p.File != File).ThenBy(p => p.File, StringComparer.Ordinal).ThenBy(p => p.Line).ThenBy(p => p.Column)];
}
