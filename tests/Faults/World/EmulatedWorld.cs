using System.Collections.Concurrent;
using System.Net;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Faults.AgentSide;
using Kronform.Provision.Faults.Scenarios;
using Kronform.Provision.Protocol;
using Kronform.Provision.TalosEmulator;
using Kronform.Provision.VirtualRack.Cluster;
using Kronform.Provision.VirtualRack.Machines;
using Kronform.Provision.VirtualRack.Robot;

namespace Kronform.Provision.Faults.World;

/// <summary>One node of the world: its server, disks and Talos.</summary>
internal sealed record WorldNode(string Name, int Number, EmulatedServer Server, MachineDisks Disks, TalosPlan Talos, string Folder)
{
    /// <summary>What the newest rescue system was armed with.</summary>
    public RescueBoot? LastRescue { get; set; }
}

/// <summary>
/// Everything around the product in one scenario: Robot, servers with their firmware, rescue systems, disks and Talos, the image
/// and the operator's folder.
/// </summary>
internal sealed class EmulatedWorld : IAsyncDisposable
{
    public const string Role = "controlplane";
    private const int FirstServer = 321;
    private const int MetaBytes = 2 * 262144;
    private static int _worlds;

    private readonly Scenario _scenario;
    private readonly TempFolder _folder = new();
    private readonly SharedClock _shared;
    private readonly ConcurrentQueue<string> _said = new();
    private readonly List<IAsyncDisposable> _services = [];
    private readonly string _hostKey = SshSystem.NewFingerprint();
    private RobotEmulator _robot = null!;
    private SshGate _ssh = null!;

    private EmulatedWorld(Scenario scenario)
    {
        _scenario = scenario;
        int number = Interlocked.Increment(ref _worlds);
        Network = [127, (byte)(10 + (number >> 8)), (byte)number];
        _shared = new SharedClock(ClockFile);
        Clock = new WorldClock(_shared);
    }

    public byte[] Network { get; }

    public WorldClock Clock { get; }

    public string Folder => _folder.Path;

    public string ClockFile => _folder["clock"];

    public string SshSocket => _folder["ssh"];

    public string StateFolder => _folder["state"];

    public WorldImage Image { get; private set; } = null!;

    public IReadOnlyList<WorldNode> Nodes { get; private set; } = [];

    public RobotEmulator Robot => _robot;

    public SshGate Ssh => _ssh;

    public IEnumerable<string> Said => _said;

    public string ProvisionYaml => _folder["cluster/provision.yaml"];

    public string AgentFile => _folder["agent"];

    public static async Task<EmulatedWorld> StartAsync(Scenario scenario, CancellationToken cancellation)
    {
        var world = new EmulatedWorld(scenario);
        try
        {
            await world.BuildAsync(cancellation);
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>What was wrong is well again.</summary>
    public void Heal()
    {
        _robot.Faults.Clear();
        _ssh.Heal();
        foreach (var node in Nodes)
        {
            node.Server.ForgetPlan();
            AgentFaults.Reset(node.Disks.Folder);
            node.Talos.Faults = new EmulatorFaults();
            node.Talos.ClockNotInSync = false;
            (node.Server.Running as TalosSystem)?.Heal();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
        {
            await node.Server.DisposeAsync();
            node.Disks.Dispose();
        }

        if (_ssh is not null) await _ssh.DisposeAsync();
        if (_robot is not null) await _robot.DisposeAsync();
        foreach (var service in _services) await service.DisposeAsync();
        _shared.Dispose();
        _folder.Dispose();
    }

    private IPAddress Address(int node) => new([.. Network, (byte)(4 + node)]);

    private async Task BuildAsync(CancellationToken cancellation)
    {
        File.Copy(Path.Combine(AppContext.BaseDirectory, "rescue/agent.sh"), AgentFile);
        Image = WorldImage.Make(_scenario.Image, Folder);
        if (Image.Server is { } web) _services.Add(web);
        var nodes = new List<WorldNode>();
        for (int n = 0; n < _scenario.Roles.Count; n++) nodes.Add(Node(n));
        Nodes = nodes;
        _ssh = new SshGate(SshSocket, address => Nodes.FirstOrDefault(n => n.Server.Address.ToString() == address)?.Server.Running, _scenario.Ssh);
        _robot = await RobotBuilder.StartAsync(_scenario.Robot, _scenario.Server.WiredWrong, Nodes, new IPAddress([.. Network, 250]), Clock, cancellation);
        await WriteClusterAsync(cancellation);
        foreach (var node in Nodes)
        {
            if (_scenario.Agent.Any || _scenario.Agent.Speed != 1) _scenario.Agent.Write(node.Disks.Folder);
            await BeginAsync(node, cancellation);
        }
    }

    private WorldNode Node(int index)
    {
        string name = $"n{4 + index}", folder = Path.Combine(Folder, name);
        Directory.CreateDirectory(folder);
        var disks = new MachineDisks(_scenario.Disks);
        var talos = TalosFaults.Plan(_scenario.Talos);
        WorldNode node = null!;
        var server = new EmulatedServer(Address(index), Clock, _scenario.Server.Post, (_, how, cancellation) => BootAsync(node, how, cancellation));
        server.Plan(_scenario.Server.Boots);
        return node = new WorldNode(name, FirstServer + index, server, disks, talos, folder);
    }

    private async Task WriteClusterAsync(CancellationToken cancellation)
    {
        await ClusterFolder.WriteAsync(new ClusterFolderOptions
        {
            Path = _folder["cluster"], ClusterName = "faults", Endpoint = $"https://{Address(0)}:6443", TalosVersion = "v1.13.9",
            RobotUrl = _scenario.Robot.Unreachable ? "http://127.0.0.1:1" : _robot.BaseUrl.ToString(), RobotUser = "#ws+emulated", RobotPassword = _scenario.Robot.WrongPassword ? "wrong" : "emulated-password",
            ImageFile = Image.File, ImageSha256 = Image.Sha256,
            Nodes = [.. Nodes.Select((n, i) => new ClusterNode(n.Name, n.Number, n.Server.Address.ToString(), _scenario.Roles[i], n.Name == _scenario.BootstrapAt, $"diskSelector:\n  serial: {_scenario.Chosen}"))],
        }, TimeProvider.System, cancellation);
        if (Image.Url is { } url)
            await File.WriteAllTextAsync(ProvisionYaml, (await File.ReadAllTextAsync(ProvisionYaml, cancellation)).Replace($"file: {Image.File}", $"url: {url}", StringComparison.Ordinal), cancellation);
    }

    private async Task BeginAsync(WorldNode node, CancellationToken cancellation)
    {
        RunningSystem? running = _scenario.Server.Begins switch
        {
            "silent" or "off" => null,
            "foreign" => new SshSystem("foreign", node.Server.Address),
            "old-rescue" => await OldRescueAsync(node, cancellation),
            "maintenance" => await TalosAsync(node, "old-talos", ours: false, cancellation),
            "other-cluster" => await OtherClusterAsync(node, cancellation),
            var other => throw new InvalidOperationException($"nothing begins as {other}"),
        };
        node.Server.Begin(running, on: _scenario.Server.Begins != "off");
    }

    /// <summary>Armed by somebody with a password, booted and reported.</summary>
    private async Task<RunningSystem?> OldRescueAsync(WorldNode node, CancellationToken cancellation)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String("#ws+emulated:emulated-password"u8));
        using var form = new FormUrlEncodedContent([new("os", "linux")]);
        using var armed = await http.PostAsync(new Uri(_robot.BaseUrl, $"/boot/{node.Number}/rescue"), form, cancellation);
        armed.EnsureSuccessStatusCode();
        return await RescueAsync(node, node.Server.BootDecision()!, "normal", cancellation);
    }

    /// <summary>What comes up when the firmware is done.</summary>
    private async Task<RunningSystem?> BootAsync(WorldNode node, string how, CancellationToken cancellation)
    {
        var parts = how.Split(' ');
        if (parts is ["late", var time])
        {
            await Clock.PassAsync(Durations.Parse(time), cancellation);
            how = "normal";
        }

        if (how == "old-os") return new SshSystem("foreign", node.Server.Address);
        if (how == "off")
        {
            node.Server.Begin(null, on: false);
            return null;
        }

        var rescue = node.Server.BootDecision();
        if (how == "never") return null;
        if (rescue is not null) return await RescueAsync(node, rescue, how, cancellation);
        return how switch
        {
            "other-disk" => await TalosAsync(node, "other-disk", ours: false, cancellation),
            "other-nonce" => await TalosAsync(node, "other-nonce", ours: true, cancellation, WorldImage.Expected(new string('f', 64)).AsSpan((int)WorldImage.MetaOffset, MetaBytes).ToArray()),
            "rescue-again" => await RescueAsync(node, node.LastRescue!, "normal", cancellation),
            "other-cluster" => await OtherClusterAsync(node, cancellation),
            "gone-disk" => await WithoutChosenAsync(node, cancellation),
            _ => HasTable(node) ? await TalosAsync(node, "disk-" + Nonce(node), ours: true, cancellation) : null,
        };
    }

    private async Task<RunningSystem?> RescueAsync(WorldNode node, RescueBoot boot, string how, CancellationToken cancellation)
    {
        if (how == "gone-disk") node.Disks.TakeOut(_scenario.Chosen);
        node.Disks.Arrange(shuffled: how == "shuffled", wwns: how != "no-wwns", models: how == "vkvm" ? "QEMU HARDDISK" : null);
        node.Disks.SetBoot(Guid.NewGuid().ToString(), how == "not-rescue" ? "debian" : "rescue");
        string reported = SshSystem.NewFingerprint(), own = how == "other-host-key" ? SshSystem.NewFingerprint() : reported;
        node.LastRescue = boot;
        if (how == "refuses-key") boot = boot with { AuthorizedKeys = [] };
        var system = await RescueSystem.StartAsync(node.Server.Address, node.Disks.Folder, boot, own, () => _ = node.Server.RebootAsync(), cancellation);
        if (how != "no-report") node.Server.Report(new RescueReport([new("ED25519", 256, reported)], Clock.GetUtcNow()));
        return system;
    }

    private Task<TalosSystem> TalosAsync(WorldNode node, string state, bool ours, CancellationToken cancellation, byte[]? otherMeta = null)
    {
        string? meta = null;
        if (ours)
        {
            meta = Path.Combine(node.Folder, "meta");
            File.WriteAllBytes(meta, otherMeta ?? node.Disks.Read(_scenario.Chosen, WorldImage.MetaOffset, MetaBytes));
        }

        string disks = Path.Combine(node.Folder, "disks.json");
        File.WriteAllBytes(disks, node.Disks.ForTalos());
        return TalosSystem.StartAsync(node.Server.Address, Path.Combine(node.Folder, state), meta, disks, node.Talos, Clock, _said.Enqueue, cancellation);
    }

    private async Task<RunningSystem?> WithoutChosenAsync(WorldNode node, CancellationToken cancellation)
    {
        node.Disks.TakeOut(_scenario.Chosen);
        return await TalosAsync(node, "disk-" + Nonce(node), ours: true, cancellation);
    }

    /// <summary>An installation of another cluster, configured.</summary>
    private async Task<RunningSystem?> OtherClusterAsync(WorldNode node, CancellationToken cancellation)
    {
        string state = Path.Combine(node.Folder, "other-cluster"), folder = Path.Combine(Folder, "other-" + node.Name);
        await ClusterFolder.WriteAsync(new ClusterFolderOptions
        {
            Path = folder, ClusterName = "other", Endpoint = $"https://{node.Server.Address}:6443", TalosVersion = "v1.13.9", RobotUrl = "http://127.0.0.1:1", RobotUser = "u",
            RobotPassword = "p", ImageFile = "none", ImageSha256 = new string('a', 64), Nodes = [new ClusterNode(node.Name, 1, node.Server.Address.ToString(), Role, true, "disk: /dev/sda")],
        }, TimeProvider.System, cancellation);
        Directory.CreateDirectory(state);
        File.Copy(Path.Combine(folder, "machineconfigs", node.Name + ".yaml"), Path.Combine(state, "config.yaml"), overwrite: true);
        return await TalosAsync(node, "other-cluster", ours: false, cancellation);
    }

    private bool HasTable(WorldNode node) => node.Disks.Read(_scenario.Chosen, 512, 8).AsSpan().SequenceEqual("EFI PART"u8);

    private string Nonce(WorldNode node) => Kronform.Provision.TalosEmulator.Hardware.MetaPartition.Parse(node.Disks.Read(_scenario.Chosen, WorldImage.MetaOffset, MetaBytes)) is { } keys && keys.TryGetValue(BootNonceKey.Tag, out var nonce) ? nonce : "none";
}
