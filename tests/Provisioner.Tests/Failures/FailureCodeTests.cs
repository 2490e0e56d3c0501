using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Failures;

public sealed class FailureCodeTests
{
    [Fact]
    public void No_two_failures_share_a_name_or_an_exit_code()
    {
        Assert.Equal(FailureCode.All.Count, FailureCode.All.Select(c => c.Name).Distinct().Count());
        Assert.Equal(FailureCode.All.Count, FailureCode.All.Select(c => c.ExitCode).Distinct().Count());
        Assert.All(FailureCode.All, c => Assert.InRange(c.ExitCode, 1, 255));
    }

    [Fact]
    public void Every_failure_of_the_agent_has_an_exit_code()
    {
        var names = typeof(AgentFailureCodes).GetFields().Select(f => (string)f.GetRawConstantValue()!);
        Assert.All(names, name => Assert.Equal(name, FailureCode.Named(name).Name));
    }

    [Fact]
    public void Every_failure_has_a_heading_with_its_exit_code_in_the_runbook()
    {
        string runbook = File.ReadAllText(Path.Combine(RepositoryRoot.Path, "runbook.md"));
        var missing = FailureCode.All.Where(c => !runbook.Contains($"\n### {c.Name} ({c.ExitCode})\n", StringComparison.Ordinal)).ToList();
        Assert.True(missing.Count == 0, "runbook.md lacks: " + string.Join(", ", missing.Select(c => $"### {c.Name} ({c.ExitCode})")));
    }

    [Fact]
    public void The_runbooks_table_is_the_codes_table()
    {
        Assert.All(FailureCode.All, c => Assert.NotEqual("", c.Meaning));
        Assert.Equal(["| `ok` | 0 | done; of a dry run: " + DryRunExit.Clean + " |", .. FailureCode.All.Select(Row)], Rows("runbook.md", "## Exit codes"));
    }

    [Fact]
    public void The_READMEs_table_is_the_codes_of_a_dry_run() =>
        Assert.Equal([$"| `ok` | 0 | {DryRunExit.Clean} |", .. DryRunExit.Codes.Select(Row)], Rows("README.md", "## Exit codes of a dry run"));

    private static string Row(FailureCode code) => $"| `{code.Name}` | {code.ExitCode} | {code.Meaning} |";

    /// <summary>The rows of the first table below a heading.</summary>
    private static List<string> Rows(string file, string heading)
    {
        string[] lines = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, file));
        int start = Array.IndexOf(lines, heading);
        Assert.True(start >= 0, $"{file} has no heading {heading}");
        return [.. lines.Skip(start + 1).SkipWhile(l => !l.StartsWith('|')).TakeWhile(l => l.StartsWith('|')).Where(l => l.StartsWith("| `", StringComparison.Ordinal))];
    }
}

/// <summary>The checkout this test was built from.</summary>
internal static class RepositoryRoot
{
    public static string Path { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Kronform.Provision.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Kronform.Provision.sln is not above the tests");
    }
}
