using System.Diagnostics;
using System.Text.Json;
using Kronform.Provision.VirtualRack.Description;
using Kronform.Provision.VirtualRack.Handle;

namespace Kronform.Provision.VirtualRack.Tests.Runs;

/// <summary>A rack and the real provision program run against it, as an operator would, from a process of its own.</summary>
internal sealed class ProvisionedRack : IAsyncDisposable
{
    /// <summary>Many times what a run needs on an idle machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(9);

    /// <summary>Longer than a running system keeps written pages back (the kernel's flusher wakes every 5 s).</summary>
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(7);

    private readonly string _folder;

    private ProvisionedRack(string folder, RackProcess rack) => (_folder, Rack) = (folder, rack);

    public RackProcess Rack { get; }

    public string ClusterFolder => Path.Combine(Rack.Directory, "cluster");

    /// <summary>For files of the test's own; goes with the rack.</summary>
    public string Folder => _folder;

    public string StateFolder => Path.Combine(_folder, "state");

    private static string Program => Environment.GetEnvironmentVariable("KRONFORM_PROVISION") is { Length: > 0 } chosen
        ? chosen
        : throw new InvalidOperationException("KRONFORM_PROVISION names no provision program; run scripts/test, which sets it");

    public static async Task<ProvisionedRack> StartAsync(string rack, Firmware? firmware = null)
    {
        string folder = Directory.CreateTempSubdirectory("run-").FullName;
        var options = new RackOptions(Path.Combine(folder, "rack"), Firmware: firmware, Say: TestContext.Current.TestOutputHelper!.WriteLine);
        return new ProvisionedRack(folder, await RackProcess.StartAsync(rack, options, TimeProvider.System, TestContext.Current.CancellationToken));
    }

    /// <summary>Runs provision with JSON events.</summary>
    /// <param name="arguments">Nodes and options; file and state folder are added.</param>
    /// <param name="killAt">Kills it, by SIGKILL, at the first event this is true for.</param>
    /// <param name="file">Another provision.yaml than the rack's.</param>
    public async Task<ProvisionRun> ProvisionAsync(IReadOnlyList<string> arguments, Func<RunEvent, bool>? killAt = null, string? file = null)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, TestContext.Current.CancellationToken);
        using var process = Rack.StartInside(["/usr/bin/env", $"XDG_STATE_HOME={Path.Combine(_folder, "home")}", Program, .. arguments, "--file", file ?? Path.Combine(ClusterFolder, "provision.yaml"), "--state", StateFolder, "-o", "json"]);
        process.StandardInput.Close();
        var events = new List<RunEvent>();
        bool killed = false;
        try
        {
            var errors = process.StandardError.ReadToEndAsync(either.Token);
            while (await process.StandardOutput.ReadLineAsync(either.Token) is { } line)
            {
                var happened = RunEvent.Parse(line);
                events.Add(happened);
                if (killed || killAt?.Invoke(happened) != true) continue;
                killed = true;
                process.Kill();
            }

            await process.WaitForExitAsync(either.Token);
            return new ProvisionRun(process.ExitCode, killed, events, await errors);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"provision {string.Join(' ', arguments)} did not end within {Patience.TotalMinutes:0} min:\n{Tail(events)}\n{Rack.SerialTail("n4")}");
        }
    }

    /// <summary>How often the node's etcd took a bootstrap, over all its boots.</summary>
    public async Task<int> BootstrapsAsync(string node) =>
        (await Rack.EventsAsync(node, TestContext.Current.CancellationToken)).Count(e => e.Line.Contains("\"bootstrap-accepted\"", StringComparison.Ordinal));

    public Task<IReadOnlyDictionary<string, string>> DisksAsync(string node = "n4") => Rack.DiskDigestsAsync(node, TestContext.Current.CancellationToken);

    /// <summary>The disks when two looks in a row saw the same: a machine that runs may still be writing what it was told before.</summary>
    public async Task<IReadOnlyDictionary<string, string>> QuietDisksAsync(string node = "n4")
    {
        var started = TimeProvider.System.GetTimestamp();
        var last = await DisksAsync(node);
        while (true)
        {
            await Task.Delay(BetweenLooks, TimeProvider.System, TestContext.Current.CancellationToken);
            var now = await DisksAsync(node);
            if (now.All(disk => last[disk.Key] == disk.Value)) return now;
            if (TimeProvider.System.GetElapsedTime(started) > Patience)
                throw new TimeoutException($"{node} still writes to {string.Join(", ", now.Where(disk => last[disk.Key] != disk.Value).Select(disk => disk.Key))}");
            last = now;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Shown when the test failed, which is when one wants to know what the machines said.
        foreach (var node in Rack.File.Nodes)
            TestContext.Current.TestOutputHelper!.WriteLine($"{node.Name} said last:\n{Rack.SerialTail(node.Name)}");
        await Rack.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    internal static string Tail(IReadOnlyList<RunEvent> events) => string.Join('\n', events.Where(e => e.Kind != "disks").TakeLast(25).Select(e => e.Json));
}

/// <summary>One line of provision's JSON output.</summary>
internal sealed record RunEvent(string Kind, string? Node, string? Phase, string? Text, string Json)
{
    public static RunEvent Parse(string line)
    {
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        string? Read(string name) => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return new RunEvent(Read("event") ?? "", Read("node"), Read("phase"), Read("text"), line);
    }

    public string? Member(string name)
    {
        using var json = JsonDocument.Parse(Json);
        return json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }
}

internal sealed record ProvisionRun(int ExitCode, bool Killed, IReadOnlyList<RunEvent> Events, string Errors)
{
    public RunEvent? Result(string node = "n4") => Events.LastOrDefault(e => e.Kind == "result" && e.Node == node);

    /// <summary>changed, unchanged or failed.</summary>
    public string? Outcome(string node = "n4") => Result(node)?.Member("outcome");

    public string? Code(string node = "n4") => Result(node)?.Member("code");

    public void AssertHealthy(string outcome, string node = "n4") =>
        Assert.True(ExitCode == 0 && Outcome(node) == outcome, $"expected {node} healthy and {outcome}, exit {ExitCode}:\n{ProvisionedRack.Tail(Events)}\n{Errors}");

    public void AssertFailed(string code, int exitCode, string node = "n4") =>
        Assert.True(ExitCode == exitCode && Code(node) == code, $"expected {code} ({exitCode}), got {Code(node)} ({ExitCode}):\n{ProvisionedRack.Tail(Events)}\n{Errors}");
}
