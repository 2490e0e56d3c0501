using Kronform.Provision.Faults.Running;
using Kronform.Provision.Faults.Scenarios;
using Xunit;

namespace Kronform.Provision.Faults;

public sealed class ScenarioTests
{
    public static TheoryData<string> Emulated => [.. ScenarioFile.LoadAll().Where(s => s.Tier == Scenario.Emulated).Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Emulated))]
    public async Task Every_fault_ends_as_predicted(string scenario)
    {
        var verdict = await ScenarioRun.PlayAsync(ScenarioFile.LoadAll().Single(s => s.Name == scenario), TestContext.Current.CancellationToken);
        Assert.True(verdict.AsPredicted, $"{string.Join('\n', verdict.Differences)}\n{verdict.Story}");
    }
}
