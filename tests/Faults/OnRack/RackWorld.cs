using System.Diagnostics;
using System.Globalization;
using Kronform.Provision.Faults.Scenarios;
using Kronform.Provision.VirtualRack.Control;
using Kronform.Provision.VirtualRack.Description;
using Kronform.Provision.VirtualRack.Handle;
using Kronform.Provision.VirtualRack.Machines;

namespace Kronform.Provision.Faults.OnRack;

/// <summary>One rack and the operator's folder beside it; does to its machines what scenarios say.</summary>
internal sealed class RackWorld : IAsyncDisposable
{
    private static readonly Dictionary<string, string> Undo = new() { ["hang"] = "resume", ["link-down"] = "link-up", ["power-cut"] = "power-on" };

    private readonly string _folder;
    private readonly string _node;

    private RackWorld(string folder, string node, RackProcess rack) => (_folder, _node, Rack) = (folder, node, rack);

    public RackProcess Rack { get; }

    public string StateFolder => Path.Combine(_folder, "state");

    /// <summary>What this machine's provisioners remember together is the scenario's own.</summary>
    public string HomeFolder => Path.Combine(_folder, "home");

    public string ClusterFile => Path.Combine(Rack.Directory, "cluster", "provision.yaml");

    public static async Task<RackWorld> StartAsync(RackScenario scenario, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("fault-").FullName;
        var options = new RackOptions(Path.Combine(folder, "rack"), Firmware: scenario.Firmware is { } f ? Enum.Parse<Firmware>(f, ignoreCase: true) : null);
        var rack = await RackProcess.StartAsync(scenario.Rack, options, TimeProvider.System, cancellation);
        return new RackWorld(folder, scenario.Node, rack);
    }

    /// <summary>Everything but what is done to a process of the product.</summary>
    public async Task DoAsync(RackAct act, CancellationToken cancellation)
    {
        switch (act.Verb)
        {
            case "quirk":
                await Rack.Control.QuirkAsync(_node, QuirkOf(act.Argument ?? ""), cancellation);
                return;
            case "kill-agent":
                await InRescueAsync("pkill -9 kronform-agent", cancellation);
                return;
            case "edit":
                Edit(act.Argument ?? "");
                return;
        }

        await Rack.Control.DoAsync(_node, act.Verb, cancellation);
        if (act.Argument is not { } lasting) return;
        await Task.Delay(Durations.Parse(lasting), TimeProvider.System, cancellation);
        await Rack.Control.DoAsync(_node, Undo[act.Verb], cancellation);
    }

    public async Task<int> BootstrapsAsync(CancellationToken cancellation) =>
        (await Rack.EventsAsync(_node, cancellation)).Count(e => e.Line.Contains("\"bootstrap-accepted\"", StringComparison.Ordinal));

    /// <summary>The system disk, judged by its bytes and by what the machine last started from it.</summary>
    public async Task<string> SystemDiskAsync(string before, CancellationToken cancellation)
    {
        var disks = await Rack.Control.DisksAsync(_node, cancellation);
        var system = disks.Single(d => d.Role == DiskRole.System);
        if (system.Digest == before) return "untouched";
        // The machines' files lie in the rack's mount namespace, which its first process shows.
        var file = $"/proc/{Rack.File.NamespacePid}/root{Rack.Directory}/volatile/{_node}/{system.Name}.raw";
        var first = new byte[1 << 20];
        await using (var disk = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite)) await disk.ReadExactlyAsync(first, cancellation);
        if (!first.AsSpan().ContainsAnyExcept((byte)0)) return "no-table";
        var status = await Rack.NodeAsync(_node, cancellation);
        return status.Boots[^1].Kind == BootKind.Disk && status.State == MachineState.Running ? "image" : "a table, and not started";
    }

    public async ValueTask DisposeAsync()
    {
        await Rack.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task InRescueAsync(string command, CancellationToken cancellation)
    {
        var address = Rack.Node(_node).Address.ToString();
        var key = Directory.EnumerateFiles(Path.Combine(Rack.Directory, "cluster"), "*", SearchOption.AllDirectories)
            .First(f => File.Exists(f + ".pub"));
        var ended = await Rack.ExecAsync(
            ["ssh", "-F", "none", "-i", key, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=10", "-o", "BatchMode=yes", $"root@{address}", command],
            null, cancellation);
        if (ended.ExitCode != 0) throw new InvalidOperationException($"{command} in the rescue system: {string.Join(' ', ended.Lines)}");
    }

    private static QuirkRequest QuirkOf(string text)
    {
        string[] words = text.Split(' ');
        string value = words.ElementAtOrDefault(1) ?? "true";
        int Number() => int.Parse(value, CultureInfo.InvariantCulture);
        return words[0] switch
        {
            "ignore-resets" => new QuirkRequest(IgnoreResets: Number()),
            "never-boot-rescue" => new QuirkRequest(NeverBootRescue: bool.Parse(value)),
            "boot-disk-although-armed" => new QuirkRequest(BootDiskAlthoughArmed: bool.Parse(value)),
            "ignore-ctrl-alt-del" => new QuirkRequest(IgnoreCtrlAltDel: bool.Parse(value)),
            "boot-delay" => new QuirkRequest(BootDelaySeconds: Number()),
            "report-other-host-keys" => new QuirkRequest(ReportOtherHostKeys: bool.Parse(value)),
            _ => throw new FormatException($"\"{text}\" is no quirk of the rack"),
        };
    }

    /// <summary><c>TEXT => TEXT</c> in provision.yaml.</summary>
    private void Edit(string change)
    {
        string[] parts = change.Split(" => ");
        string text = File.ReadAllText(ClusterFile);
        if (parts.Length != 2 || !text.Contains(parts[0], StringComparison.Ordinal)) throw new FormatException($"provision.yaml has no \"{parts[0]}\" to edit");
        File.WriteAllText(ClusterFile, text.Replace(parts[0], parts[1], StringComparison.Ordinal));
    }
}
