using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Kronform.Provision.Faults.OnRack;

/// <param name="Outcome">healthy, unchanged, killed or a failure code.</param>
internal sealed record RackRunEnd(string Outcome, IReadOnlyList<string> Lines, string Errors);

/// <summary>The published program against the rack, as an operator runs it, with things happening in its midst.</summary>
internal static class RackProvision
{
    /// <summary>Many times what a run needs on an idle machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    private static string Program => Environment.GetEnvironmentVariable("KRONFORM_PROVISION") is { Length: > 0 } chosen
        ? chosen : throw new FormatException("KRONFORM_PROVISION names no provision program; use scripts/faults, which sets it");

    public static async Task<RackRunEnd> RunAsync(RackWorld world, RackRun run, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        using var process = world.Rack.StartInside(["/usr/bin/env", $"XDG_STATE_HOME={world.HomeFolder}", Program, .. run.Arguments.Split(' '), "--file", world.ClusterFile, "--state", world.StateFolder, "-o", "json"]);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync(either.Token);
        var lines = new List<string>();
        var acts = new List<Task>();
        var waiting = new Queue<TimedAct>(run.At);
        bool killed = false;
        string? phase = null;
        try
        {
            while (await process.StandardOutput.ReadLineAsync(either.Token) is { } line)
            {
                var (kind, itsPhase, text) = Read(line);
                if (kind != "disks") lines.Add(line);
                phase = itsPhase ?? phase;
                while (waiting.TryPeek(out var next) && next.Phase == phase && (next.Status is null || (kind == "status" && text == next.Status)))
                    acts.Add(ActAsync(waiting.Dequeue()));
            }

            await process.WaitForExitAsync(either.Token);
            await Task.WhenAll(acts);
            if (waiting.Count > 0) lines.Add($"-- the run never came to {waiting.Peek()}");
            return new RackRunEnd(killed ? "killed" : OutcomeOf(lines, process.ExitCode), lines, await errors);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            return new RackRunEnd("did not end", lines, "");
        }

        async Task ActAsync(TimedAct timed)
        {
            await Task.Delay(timed.After, TimeProvider.System, either.Token);
            switch (timed.Act.Verb)
            {
                case "kill":
                    killed = true;
                    process.Kill();
                    break;
                case "term":
                    using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync(either.Token);
                    break;
                default:
                    await world.DoAsync(timed.Act, either.Token);
                    break;
            }
        }
    }

    private static (string Kind, string? Phase, string? Text) Read(string line)
    {
        using var json = JsonDocument.Parse(line);
        string? Member(string name) => json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return (Member("event") ?? "", Member("event") == "phase" ? Member("phase") : null, Member("text"));
    }

    private static string OutcomeOf(List<string> lines, int exitCode)
    {
        foreach (var line in Enumerable.Reverse(lines))
        {
            if (!line.StartsWith('{')) continue;
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.GetProperty("event").GetString() != "result") continue;
            return json.RootElement.GetProperty("outcome").GetString() switch
            {
                "changed" => "healthy",
                "unchanged" => "unchanged",
                _ => json.RootElement.GetProperty("code").GetString()!,
            };
        }

        return $"exit {exitCode.ToString(CultureInfo.InvariantCulture)}";
    }
}
