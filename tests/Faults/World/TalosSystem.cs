using System.Collections.Concurrent;
using System.Net;
using Kronform.Provision.TalosEmulator;

namespace Kronform.Provision.Faults.World;

/// <summary>What the scenario wants of Talos on this server, over all its boots.</summary>
internal sealed class TalosPlan
{
    public EmulatorFaults Faults { get; set; } = new();

    public bool ClockNotInSync { get; set; }

    public int BootstrapRepliesToLose { get; set; }

    public ConcurrentBag<EmulatorCounters> Counters { get; } = [];

    public int Bootstraps => Counters.Sum(c => c.BootstrapsAccepted);

    public int Configs => Counters.Sum(c => c.ConfigsApplied);
}

/// <summary>An emulated Talos node on the server.</summary>
internal sealed class TalosSystem : RunningSystem
{
    private static readonly EmulatorTimings Quick = new()
    {
        CriUp = TimeSpan.FromMilliseconds(30), KubeletUp = TimeSpan.FromMilliseconds(60), EtcdStart = TimeSpan.FromMilliseconds(80),
        LearnerPromotion = TimeSpan.FromMilliseconds(80), PeerPoll = TimeSpan.FromMilliseconds(40),
    };

    private readonly TalosEmulatorHost _host;
    private readonly string _state;

    private TalosSystem(TalosEmulatorHost host, string state) => (_host, _state) = (host, state);

    public override string Name => File.Exists(Path.Combine(_state, "etcd.json")) ? "talos-with-etcd" : File.Exists(Path.Combine(_state, "config.yaml")) ? "talos-configured" : "talos-maintenance";

    /// <param name="state">What Talos keeps on its disk.</param>
    /// <param name="meta">A file with the META partition's bytes.</param>
    public static async Task<TalosSystem> StartAsync(IPAddress address, string state, string? meta, string disks, TalosPlan plan, WorldClock clock, Action<string> say, CancellationToken cancellation)
    {
        Directory.CreateDirectory(state);
        var options = new EmulatorOptions
        {
            StateFolder = state, Address = address, MetaPath = meta, DisksFile = disks, SystemDisk = "/dev/sda", BootId = Guid.NewGuid().ToString(),
            Timings = Quick, Print = say, Faults = plan.Faults,
        };
        var host = await TalosEmulatorHost.StartAsync(options, clock, cancellation);
        host.Faults.ClockNotInSync = plan.ClockNotInSync;
        host.Faults.RepliesToLose = plan.BootstrapRepliesToLose;
        plan.BootstrapRepliesToLose = 0;
        plan.Counters.Add(host.Counters);
        return new TalosSystem(host, state);
    }

    public void Heal() => _host.Faults.ClockNotInSync = false;

    public override ValueTask DisposeAsync() => _host.DisposeAsync();

}
