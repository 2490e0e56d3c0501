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

    public void Add(ConfigProblem problem) => _problems.Add(problem);

    /// <summary>In the order of the file. Two readers of one value may say the same; it is said once.</summary>
    public IReadOnlyList<ConfigProblem> InFileOrder() =>
        [.. _problems.Distinct().OrderBy(p => p.Line).ThenBy(p => p.Column)];
}
