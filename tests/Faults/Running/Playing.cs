using Kronform.Provision.Faults.Scenarios;

namespace Kronform.Provision.Faults.Running;

/// <summary>Plays scenarios side by side.</summary>
internal static class Playing
{
    /// <param name="each">Told of each as it ends, one at a time.</param>
    public static async Task<IReadOnlyList<Verdict>> AllAsync(IReadOnlyList<Scenario> scenarios, int jobs, Action<Verdict> each)
    {
        var verdicts = new Verdict[scenarios.Count];
        var gate = new Lock();
        await Parallel.ForEachAsync(Enumerable.Range(0, scenarios.Count), new ParallelOptions { MaxDegreeOfParallelism = jobs }, async (index, cancellation) =>
        {
            verdicts[index] = await OneAsync(scenarios[index], cancellation);
            lock (gate) each(verdicts[index]);
        });
        return verdicts;
    }

    /// <summary>Never throws for what happens in a scenario: a kit that breaks is a difference too.</summary>
    public static async Task<Verdict> OneAsync(Scenario scenario, CancellationToken cancellation)
    {
        try
        {
            return await ScenarioRun.PlayAsync(scenario, cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new Verdict(scenario.Name, scenario.Predicted, [], [$"the kit itself failed: {e.GetType().Name}: {e.Message}"], 0, 0, e.ToString());
        }
    }
}
