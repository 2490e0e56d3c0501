using Kronform.Provision.Faults.Scenarios;
using Kronform.Provision.Faults.World;
using Kronform.Provision.Runs;

namespace Kronform.Provision.Faults.Running;

/// <summary>
/// Deaths of the product over a full run, from a silent server to a healthy node: before and after each entry of its journal, and at
/// random instants. Each is a scenario like others: the next run ends healthy, with one bootstrap, one image and no other disk touched.
/// </summary>
internal static class KillMatrix
{
    private static readonly Scenario Undisturbed = new()
    {
        Name = "kill", Why = "kill -9 of the product", Disks = ScenarioReader.UsualDisks, Runs = [new RunPlan { Expect = ["healthy"] }], Expect = new Prediction { Bootstraps = 1, Resets = 1, Node = "talos-with-etcd" },
    };

    /// <summary>Measures an undisturbed run first: how many entries it has, and how long it takes.</summary>
    public static async Task<IReadOnlyList<Scenario>> MakeAsync(int instants, int seed, CancellationToken cancellation)
    {
        var (entries, took) = await MeasureAsync(cancellation);
        return [.. AtEntries(entries), .. AtInstants(instants, seed, took)];
    }

    public static IEnumerable<Scenario> AtEntries(int entries) =>
        from entry in Enumerable.Range(1, entries)
        from after in new[] { false, true }
        select Killed($"kill-{(after ? "after" : "before")}-entry-{entry:00}", new RunPlan { KillAtEntry = entry, KillAfter = after, Expect = [after && entry == entries ? "?" : "killed"] });

    public static IEnumerable<Scenario> AtInstants(int instants, int seed, TimeSpan within)
    {
        var random = new Random(seed);
        return Enumerable.Range(1, instants).Select(n => Killed($"kill-at-instant-{n:000}", new RunPlan { KillAfterTime = random.NextDouble() * within, Expect = ["?"] })).ToList();
    }

    public static async Task<(int Entries, TimeSpan Took)> MeasureAsync(CancellationToken cancellation)
    {
        await using var world = await EmulatedWorld.StartAsync(Undisturbed, cancellation);
        var run = ProductRun.RunAsync(world, Undisturbed, Undisturbed.Runs[0], TimeSpan.Zero, cancellation);
        while (world.Robot.Requests.Count == 0 && !run.IsCompleted) await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, cancellation);
        long began = TimeProvider.System.GetTimestamp();
        var ended = await run;
        if (ended.Outcome != "healthy") throw new FormatException($"The undisturbed run ended {ended.Outcome}:\n{string.Join('\n', ended.Lines)}\n{ended.Errors}");
        return (JournalFile.Read(new StateFolder(world.StateFolder).JournalsOf("n4")[^1]).Count, TimeProvider.System.GetElapsedTime(began));
    }

    /// <summary>A second reset is due where the first was pressed and nobody lived to see what came of it.</summary>
    private static Scenario Killed(string name, RunPlan death) => Undisturbed with
    {
        Name = name, Runs = [death, new RunPlan { Expect = ["healthy|unchanged"] }], Expect = Undisturbed.Expect with { Resets = 2 },
    };
}
