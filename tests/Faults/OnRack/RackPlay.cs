using System.Globalization;
using System.Text;
using Kronform.Provision.Faults.Running;
using Kronform.Provision.Faults.Scenarios;
using Kronform.Provision.VirtualRack.Description;

namespace Kronform.Provision.Faults.OnRack;

/// <summary>Plays one scenario on a rack of its own and compares with its prediction.</summary>
internal static class RackPlay
{
    public static async Task<Verdict> PlayAsync(RackScenario scenario, CancellationToken cancellation)
    {
        long began = TimeProvider.System.GetTimestamp();
        var outcomes = new List<string>();
        var differences = new List<string>();
        var story = new StringBuilder();
        int resets = 0;
        try
        {
            await using var world = await RackWorld.StartAsync(scenario, cancellation);
            var before = await world.Rack.Control.DisksAsync(scenario.Node, cancellation);
            foreach (var run in scenario.Runs)
            {
                foreach (var act in run.First) await world.DoAsync(act, cancellation);
                var ended = await Task.WhenAll(Enumerable.Range(0, run.Together).Select(_ => RackProvision.RunAsync(world, run, cancellation)));
                var seen = ended.Select(e => e.Outcome).Order(StringComparer.Ordinal).ToList();
                outcomes.AddRange(seen);
                if (!ScenarioRun.Fits(seen, run.Expect)) differences.Add($"provision {run.Arguments} ended {string.Join(", ", seen)}, predicted {string.Join(", ", run.Expect)}");
                differences.AddRange(ended.SelectMany(e => e.Lines.Where(l => l.StartsWith("--", StringComparison.Ordinal))));
                foreach (var e in ended) story.AppendLine(CultureInfo.InvariantCulture, $"-- provision {run.Arguments}: {e.Outcome}").AppendLine(string.Join('\n', e.Lines)).AppendLine(e.Errors);
            }

            var status = await world.Rack.NodeAsync(scenario.Node, cancellation);
            resets = status.Resets;
            if (resets > scenario.Expect.Resets) differences.Add($"{resets} resets, predicted at most {scenario.Expect.Resets}");
            int bootstraps = await world.BootstrapsAsync(cancellation);
            if (bootstraps != scenario.Expect.Bootstraps) differences.Add($"{bootstraps} bootstraps, predicted {scenario.Expect.Bootstraps}");
            foreach (var disk in await world.Rack.Control.DisksAsync(scenario.Node, cancellation))
                if (disk.Role != DiskRole.System && before.Single(d => d.Name == disk.Name).Digest != disk.Digest) differences.Add($"disk {disk.Name} changed and was not to");
            string system = await world.SystemDiskAsync(before.Single(d => d.Role == DiskRole.System).Digest, cancellation);
            if (scenario.Expect.Disk != "any" && system != scenario.Expect.Disk) differences.Add($"the system disk is {system}, predicted {scenario.Expect.Disk}");
            if (differences.Count > 0)
                story.AppendLine(CultureInfo.InvariantCulture, $"-- boots: {string.Join(", ", status.Boots.Select(b => $"{b.Kind} ended by {b.EndReason?.ToString() ?? "nothing"}"))}").AppendLine(world.Rack.SerialTail(scenario.Node));
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            differences.Add($"the kit itself failed: {e.GetType().Name}: {e.Message}");
        }

        return new Verdict(scenario.Name, scenario.Predicted, outcomes, differences, resets, TimeProvider.System.GetElapsedTime(began).TotalSeconds, story.ToString());
    }
}
