using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.VirtualRack.Cluster;
using Kronform.Provision.VirtualRack.Robot;

namespace Kronform.Provision.Bench.Fleet.World;

/// <summary>Everything around the product: Robot, the servers, what runs on them, and the operator's folder.</summary>
internal sealed class FleetWorld : IAsyncDisposable
{
    /// <summary>What a cluster of any size has; the rest are workers.</summary>
    private const int ControlPlanes = 3;

    private readonly TempFolder _folder = new();
    private RobotEmulator? _robot;
    private SshGate? _gate;

    private FleetWorld(FleetOptions options, TimeProvider time)
    {
        Reactions = new Reactions(time);
        Servers = [.. Enumerable.Range(1, options.Nodes).Select(n => Server(new FleetMachine(n), new Random(HashCode.Combine(options.Seed, n)), time))];
    }

    public IReadOnlyList<FleetServer> Servers { get; }

    public Reactions Reactions { get; }

    public string SshSocket => _folder["ssh"];

    public string ProvisionYaml => _folder["cluster/provision.yaml"];

    public int RobotCalls => _robot!.Requests.Count;

    public Exception? Trouble => _gate?.Trouble ?? Servers.Select(s => s.Trouble).FirstOrDefault(t => t is not null);

    public static async Task<FleetWorld> StartAsync(FleetOptions options, TimeProvider time, CancellationToken cancellation)
    {
        var world = new FleetWorld(options, time);
        try
        {
            world._gate = new SshGate(world.SshSocket, world.Servers, world.Reactions, time);
            await world.StartRobotAsync(time, cancellation);
            await world.WriteClusterAsync(time, cancellation);
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Servers.Select(s => s.DisposeAsync().AsTask()));
        _gate?.Dispose();
        if (_robot is not null) await _robot.DisposeAsync();
        _folder.Dispose();
    }

    private static bool IsControlPlane(FleetMachine machine) => machine.Index <= ControlPlanes;

    private FleetServer Server(FleetMachine machine, Random random, TimeProvider time)
    {
        var kubeletUp = TimeSpan.FromSeconds(5 + 15 * random.NextDouble());
        return new FleetServer(machine, new FleetTalos(machine, IsControlPlane(machine), kubeletUp, _folder[machine.Name], Reactions, time), Reactions, random, time);
    }

    /// <summary>Without Robot's hourly limits: with them a fleet of this size takes a day, whatever the product does.</summary>
    private async Task StartRobotAsync(TimeProvider time, CancellationToken cancellation)
    {
        var options = new RobotOptions();
        options.RateLimits.Clear();
        _robot = await RobotEmulator.StartAsync(options, Servers.ToDictionary(s => s.Machine.Server, s => new RobotServerEntry(s.Machine.Name, s.Machine.Address, s)), time, cancellation);
    }

    private async Task WriteClusterAsync(TimeProvider time, CancellationToken cancellation)
    {
        const string image = "the-image";
        await ClusterFolder.WriteAsync(new ClusterFolderOptions
        {
            Path = _folder["cluster"], ClusterName = "fleet", Endpoint = $"https://{Servers[0].Machine.Address}:6443", TalosVersion = "v1.13.9",
            RobotUrl = _robot!.BaseUrl.ToString(), RobotUser = "#ws+emulated", RobotPassword = "emulated-password", ImageFile = image, ImageSha256 = new string('a', 64), EcdsaCa = true,
            Nodes = [.. Servers.Select(s => s.Machine).Select(m => new ClusterNode(m.Name, m.Server, m.Address.ToString(), IsControlPlane(m) ? "controlplane" : "worker", m.Index == 1, $"diskSelector:\n  serial: {m.Serial}"))],
        }, time, cancellation);
        // Each server downloads the image itself, as an operator of many has it.
        string yaml = await File.ReadAllTextAsync(ProvisionYaml, cancellation);
        await File.WriteAllTextAsync(ProvisionYaml, yaml.Replace($"file: {image}", "url: https://images.invalid/metal-amd64.raw.zst", StringComparison.Ordinal), cancellation);
    }
}
