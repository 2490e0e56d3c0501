using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Kronform.Provision.Faults.Product;
using Kronform.Provision.Faults.Scenarios;
using Kronform.Provision.Faults.World;

namespace Kronform.Provision.Faults.Running;

/// <summary>How one process of the product ended.</summary>
/// <param name="Outcome">healthy, unchanged, killed, a failure code, or what nobody predicts.</param>
internal sealed record Ended(string Outcome, int ExitCode, IReadOnlyList<string> Lines, string Errors);

/// <summary>Starts the product against a world, as an operator would, and ends it as the plan says.</summary>
internal static partial class ProductRun
{
    private const int Sigterm = 15;
    private const int Sigkill = 9;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static int _orders;

    public static async Task<Ended> RunAsync(EmulatedWorld world, Scenario scenario, RunPlan plan, CancellationToken cancellation)
    {
        string order = Path.Combine(world.Folder, $"order-{Interlocked.Increment(ref _orders)}.json");
        new ProductOrder
        {
            Arguments = [.. plan.Arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--file", world.ProvisionYaml, "--state", world.StateFolder, "--agent", world.AgentFile, "-o", "json"],
            ClockFile = world.ClockFile, SshSocket = world.SshSocket, Speed = scenario.Speed, Deadlines = scenario.Deadlines,
            DieAtEntry = plan.KillAtEntry, DieAfter = plan.KillAfter,
        }.Write(order);
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["product", order])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
            Environment = { ["XDG_CACHE_HOME"] = Path.Combine(world.Folder, "cache"), ["XDG_STATE_HOME"] = Path.Combine(world.Folder, "state-home"), ["DOTNET_TieredPGO"] = "0", ["DOTNET_EnableDiagnostics"] = "0", ["KRONFORM_FAULTS"] = "1" },
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var killing = KillLaterAsync(world, plan, process, either.Token);
        var lines = new List<string>();
        var waiting = new Queue<AtLine>(plan.At);
        try
        {
            while (await process.StandardOutput.ReadLineAsync(either.Token) is { } line)
            {
                lines.Add(line);
                while (waiting.TryPeek(out var next) && line.Contains(next.Text, StringComparison.Ordinal)) Do(waiting.Dequeue(), world, process);
            }

            await process.WaitForExitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            return new Ended(cancellation.IsCancellationRequested ? "stopped" : $"still running after {Patience.TotalSeconds:0} s", -1, lines, await errors);
        }
        finally
        {
            await either.CancelAsync();
            await killing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return new Ended(OutcomeOf(process.ExitCode, lines), process.ExitCode, lines, await errors);
    }

    private static async Task KillLaterAsync(EmulatedWorld world, RunPlan plan, Process process, CancellationToken cancellation)
    {
        if (plan.KillAtPart is not { } part) return;
        var after = part * await KillMatrix.UndisturbedAsync();
        int asked = world.Robot.Requests.Count;
        while (world.Robot.Requests.Count == asked) await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, cancellation);
        await Task.Delay(after, TimeProvider.System, cancellation);
        _ = Kill(process.Id, Sigkill);
    }

    private static void Do(AtLine act, EmulatedWorld world, Process process)
    {
        switch (act.Verb)
        {
            case "kill": _ = Kill(process.Id, Sigkill); break;
            case "term": _ = Kill(process.Id, Sigterm); break;
            case "skew": world.Clock.OperatorsSkew = act.By; break;
            default: throw new InvalidOperationException($"{act.Verb} is nothing that happens at a line");
        }
    }

    private static string OutcomeOf(int exitCode, List<string> lines)
    {
        if (exitCode == 128 + Sigkill) return "killed";
        string outcome = "no result";
        foreach (var line in lines.Where(l => l.Contains("\"event\":\"result\"", StringComparison.Ordinal)))
        {
            using var json = JsonDocument.Parse(line);
            var result = json.RootElement;
            if (result.GetProperty("outcome").GetString() == "failed") return result.GetProperty("code").GetString()!;
            outcome = result.GetProperty("outcome").GetString() == "unchanged" && outcome is "no result" or "unchanged" ? "unchanged" : "healthy";
        }

        return exitCode == 0 ? outcome : $"{outcome} with exit code {exitCode}";
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
