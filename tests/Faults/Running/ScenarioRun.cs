using System.Diagnostics;
using System.Globalization;
using System.Text;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Failures;
using Kronform.Provision.Faults.Scenarios;
using Kronform.Provision.Faults.World;
using Kronform.Provision.Runs;

namespace Kronform.Provision.Faults.Running;

/// <summary>What became of a scenario.</summary>
/// <param name="Differences">From the prediction; empty when it came true.</param>
internal sealed record Verdict(string Name, string Predicted, IReadOnlyList<string> Outcomes, IReadOnlyList<string> Differences, int Resets, double Seconds, string Story)
{
    public bool AsPredicted => Differences.Count == 0;
}

/// <summary>Plays one scenario and compares with its prediction.</summary>
internal static class ScenarioRun
{
    public static async Task<Verdict> PlayAsync(Scenario scenario, CancellationToken cancellation)
    {
        long began = TimeProvider.System.GetTimestamp();
        await using var world = await EmulatedWorld.StartAsync(scenario, cancellation);
        await using var state = await StateMount.MakeAsync(scenario.State, world.StateFolder, cancellation);
        var before = world.Nodes.Select(n => n.Disks.Hashes()).ToList();
        var outcomes = new List<string>();
        var differences = new List<string>();
        var story = new StringBuilder();
        foreach (var run in scenario.Runs)
        {
            foreach (var step in run.First)
            {
                await FirstSteps.DoAsync(step, world, scenario.Chosen);
                story.AppendLine(CultureInfo.InvariantCulture, $"-- {step}");
            }

            var ended = await Task.WhenAll(Enumerable.Range(0, run.Together).Select(_ => ProductRun.RunAsync(world, scenario, run, cancellation)));
            var seen = ended.Select(e => e.Outcome).Order(StringComparer.Ordinal).ToList();
            outcomes.AddRange(seen);
            if (!Fits(seen, run.Expect)) differences.Add($"run {scenario.Runs.ToList().IndexOf(run) + 1} ended {string.Join(", ", seen)}, predicted {string.Join(", ", run.Expect)}");
            if (run.Says is { } words && !ended.Any(e => e.Lines.Any(l => l.Contains(words, StringComparison.Ordinal)))) differences.Add($"nothing said \"{words}\"");
            foreach (var e in ended) story.AppendLine(CultureInfo.InvariantCulture, $"-- {run.Arguments}: {e.Outcome}").AppendLine(string.Join('\n', e.Lines.Where(l => !l.StartsWith("{\"event\":\"disks\"", StringComparison.Ordinal)))).AppendLine(e.Errors);
        }

        differences.AddRange(Judge(scenario, world, before));
        int resets = world.Nodes.Sum(n => n.Server.Pressed);
        if (differences.Count > 0) story.AppendLine(Tell(world));
        return new Verdict(scenario.Name, scenario.Predicted, outcomes, differences, resets, TimeProvider.System.GetElapsedTime(began).TotalSeconds, story.ToString());
    }

    /// <summary>Each prediction is met by one outcome; <c>a|b</c> by either, <c>?</c> by any.</summary>
    public static bool Fits(IReadOnlyList<string> outcomes, IReadOnlyList<string> predicted)
    {
        var left = outcomes.ToList();
        foreach (var one in predicted.OrderBy(p => p.Split('|').Length))
        {
            int at = left.FindIndex(o => one == "?" || one.Split('|').Contains(o));
            if (at < 0) return false;
            left.RemoveAt(at);
        }

        return left.Count == 0;
    }

    private static IEnumerable<string> Judge(Scenario scenario, EmulatedWorld world, List<IReadOnlyDictionary<string, string>> before)
    {
        var expect = scenario.Expect;
        int resets = world.Nodes.Sum(n => n.Server.Pressed), bootstraps = world.Nodes.Sum(n => n.Talos.Bootstraps);
        if (resets > expect.Resets) yield return $"{resets} resets, predicted at most {expect.Resets}";
        if (bootstraps != expect.Bootstraps) yield return $"{bootstraps} bootstraps, predicted {expect.Bootstraps}";
        if (expect.Node is { } node && (world.Nodes[0].Server.Running?.Name ?? "silent") is var running && running != node) yield return $"n4 is {running}, predicted {node}";
        for (int n = 0; n < world.Nodes.Count; n++)
        {
            if (world.Nodes[n].Server.Broken is { } broken) yield return $"the kit itself failed: {broken}";
            var after = world.Nodes[n].Disks.Hashes();
            foreach (var (serial, hash) in after.Where(d => d.Key != scenario.Chosen && !expect.MayChange.Contains(d.Key) && before[n][d.Key] != d.Value))
                yield return $"{world.Nodes[n].Name}: disk {serial} changed and was not to ({hash[..12]})";
            bool changed = after[scenario.Chosen] != before[n][scenario.Chosen];
            string disk = !changed ? "untouched" : StateOf(scenario, world, world.Nodes[n]);
            if (expect.Disk != "any" && !expect.Disk.Split('|').Contains(disk)) yield return $"{world.Nodes[n].Name}: the chosen disk is {disk}, predicted {expect.Disk}";
        }
    }

    /// <summary>By its bytes: the image as it was to be written in this run, or a disk that no firmware and no Talos takes for one.</summary>
    private static string StateOf(Scenario scenario, EmulatedWorld world, WorldNode node)
    {
        var disk = node.Disks.Read(scenario.Chosen, 0, WorldImage.Bytes);
        foreach (var journal in new StateFolder(world.StateFolder).JournalsOf(node.Name))
        {
            if (NonceOf(journal) is { } nonce && disk.AsSpan().SequenceEqual(WorldImage.Expected(nonce))) return "image";
        }

        return disk.AsSpan(512, 8).SequenceEqual("EFI PART"u8) ? "half-written with a table" : "no-table";
    }

    /// <summary>Null when the scenario has damaged the journal.</summary>
    private static string? NonceOf(string journal)
    {
        try
        {
            return RunRecord.From(JournalFile.Read(journal)).BootNonce;
        }
        catch (ProvisionException)
        {
            return null;
        }
    }

    private static string Tell(EmulatedWorld world) =>
        $"-- Robot was asked: {string.Join("; ", world.Robot.Requests.TakeLast(40))}\n-- SSH: {string.Join(' ', world.Ssh.Commands.TakeLast(60))}\n-- Talos said: {string.Join('\n', world.Said.TakeLast(30))}";
}
