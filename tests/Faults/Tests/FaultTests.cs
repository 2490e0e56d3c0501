using Kronform.Provision.Faults.Running;
using Kronform.Provision.Faults.Scenarios;
using Xunit;

// Most of a scenario is waiting, for processes to start and for shortened pauses.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]

namespace Kronform.Provision.Faults.Tests;

/// <summary>The emulated scenarios as tests. Classes run side by side, rows of one class do not: each takes a share.</summary>
public static class Shares
{
    internal static TheoryData<string> Of(int share, int of) =>
        [.. Catalogue.All().Where(s => s.Tier == Scenario.Emulated).Select(s => s.Name).Where((_, index) => index % of == share)];

    internal static async Task PlayAsync(string name)
    {
        var verdict = await ScenarioRun.PlayAsync(Catalogue.All().Single(s => s.Name == name), TestContext.Current.CancellationToken);
        Assert.True(verdict.AsPredicted, $"{string.Join('\n', verdict.Differences)}\n{verdict.Story}");
    }
}

public sealed class FaultTests
{
    public static TheoryData<string> Names => Shares.Of(0, 3);

    [Theory]
    [MemberData(nameof(Names))]
    public Task Every_fault_ends_as_predicted(string scenario) => Shares.PlayAsync(scenario);
}

public sealed class MoreFaultTests
{
    public static TheoryData<string> Names => Shares.Of(1, 3);

    [Theory]
    [MemberData(nameof(Names))]
    public Task Every_fault_ends_as_predicted(string scenario) => Shares.PlayAsync(scenario);
}

public sealed class YetMoreFaultTests
{
    public static TheoryData<string> Names => Shares.Of(2, 3);

    [Theory]
    [MemberData(nameof(Names))]
    public Task Every_fault_ends_as_predicted(string scenario) => Shares.PlayAsync(scenario);
}
