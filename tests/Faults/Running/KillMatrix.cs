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

    /// <summary>More than a full run's journal has; a test counts them.</summary>
    public const int MostEntries = 20;

    private static readonly Lazy<Task<(int Entries, TimeSpan Took)>> Measured = new(() => MeasureAsync(CancellationToken.None));

    /// <summary>How long an undisturbed run takes on this machine, measured once.</summary>
    public static async Task<TimeSpan> UndisturbedAsync() => (await Measured.Value).Took;

    /// <summary>Entries in an undisturbed run's journal.</summary>
    public static async Task<int> EntriesAsync() => (await Measured.Value).Entries;

    /// <summary>An entry that a run does not reach leaves it undisturbed.</summary>
    public static IEnumerable<Scenario> AtEntries(int entries) =>
        from entry in Enumerable.Range(1, entries)
        from after in new[] { false, true }
        select Killed($"kill-{(after ? "after" : "before")}-entry-{entry:00}", $"The product is killed right {(after ? "after" : "before")} entry {entry} of its journal is on the disk.",
            new RunPlan { KillAtEntry = entry, KillAfter = after, Expect = ["killed|healthy"] });

    /// <summary>The same instants for the same seed, as parts of an undisturbed run.</summary>
    public static IEnumerable<Scenario> AtInstants(int instants, int seed)
    {
        var random = new Random(seed);
        return Enumerable.Range(1, instants)
            .Select(n => (Number: n, Part: random.NextDouble()))
            .Select(i => Killed($"kill-at-instant-{i.Number:000}", $"The product is killed at {i.Part:0.000} of an undisturbed run's time.", new RunPlan { KillAtPart = i.Part, Expect = ["killed|healthy"] }))
            .ToList();
    }

    private static async Task<(int Entries, TimeSpan Took)> MeasureAsync(CancellationToken cancellation)
    {
        await using var world = await EmulatedWorld.StartAsync(Undisturbed, cancellation);
        var run = ProductRun.RunAsync(world, Undisturbed, Undisturbed.Runs[0], cancellation);
        while (world.Robot.Requests.Count == 0 && !run.IsCompleted) await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, cancellation);
        long began = TimeProvider.System.GetTimestamp();
        var ended = await run;
        if (ended.Outcome != "healthy") throw new FormatException($"The undisturbed run ended {ended.Outcome}:\n{string.Join('\n', ended.Lines)}\n{ended.Errors}");
        return (JournalFile.Read(new StateFolder(world.StateFolder).JournalsOf("n4")[^1]).Count, TimeProvider.System.GetElapsedTime(began));
    }

    /// <summary>A second reset is due where the first was pressed and nobody lived to see what came of it.</summary>
    private static Scenario Killed(string name, string why, RunPlan death) => Undisturbed with
    {
        Name = name, Why = why, Place = nameof(KillMatrix), Runs = [death, new RunPlan { Expect = ["healthy|unchanged"] }], Expect = Undisturbed.Expect with { Resets = 2 },
    };
}
