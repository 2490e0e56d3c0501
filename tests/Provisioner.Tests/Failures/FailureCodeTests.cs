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
