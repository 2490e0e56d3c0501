using Kronform.Provision.Failures;

namespace Kronform.Provision.Cluster;

/// <summary>Everything wrong with the files, at once. The message has one line for each problem.</summary>
public sealed class ConfigProblemsException(string attempt, IReadOnlyList<ConfigProblem> problems, Exception? cause = null)
    : ProvisionException(CommonCode(problems), Text(attempt, problems), "Correct the lines above and run again; nothing was touched.", cause)
{
    public IReadOnlyList<ConfigProblem> Problems { get; } = problems;

    /// <summary>A special code is worth having only while it says the whole truth.</summary>
    private static FailureCode CommonCode(IReadOnlyList<ConfigProblem> problems) =>
        problems.Select(p => p.Code).Distinct().Count() == 1 ? problems[0].Code : FailureCode.ConfigInvalid;

    private static string Text(string attempt, IReadOnlyList<ConfigProblem> problems) =>
        $"{attempt}: {problems.Count} {(problems.Count == 1 ? "problem" : "problems")}\n"
        + string.Join('\n', problems.Select(p => "  " + p));
}
