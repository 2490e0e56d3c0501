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
    private const int FirstServer = 321;
    private static int _worlds;

    private readonly Scenario _scenario;
    private readonly TempFolder _folder = new();
    private readonly SharedClock _shared;
    private readonly ConcurrentQueue<string> _said = new();
    private readonly Boots _boots;
    private readonly List<IAsyncDisposable> _services = [];
    private readonly string _hostKey = SshSystem.NewFingerprint();
    private RobotEmulator _robot = null!;
    private SshGate _ssh = null!;

    private EmulatedWorld(Scenario scenario)
    {
        _scenario = scenario;
        _boots = new Boots(scenario, this);
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

    public void Hear(string line) => _said.Enqueue(line);

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
            await _boots.BeginAsync(node, cancellation);
        }
    }

    private WorldNode Node(int index)
    {
        string name = $"n{4 + index}", folder = Path.Combine(Folder, name);
        Directory.CreateDirectory(folder);
        var disks = new MachineDisks(_scenario.Disks);
        var talos = TalosFaults.Plan(_scenario.Talos);
        WorldNode node = null!;
        var server = new EmulatedServer(Address(index), Clock, _scenario.Server.Post, (_, how, cancellation) => _boots.BootAsync(node, how, cancellation));
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
}
