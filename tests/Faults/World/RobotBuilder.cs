using System.Net;
using Kronform.Provision.Faults.Scenarios;
using Kronform.Provision.VirtualRack.Machines;
using Kronform.Provision.VirtualRack.Robot;

namespace Kronform.Provision.Faults.World;

/// <summary>Robot as a scenario wants it.</summary>
internal static class RobotBuilder
{
    public static Task<RobotEmulator> StartAsync(RobotPlan plan, bool wiredWrong, IReadOnlyList<WorldNode> nodes, IPAddress own, WorldClock clock, CancellationToken cancellation)
    {
        var options = new RobotOptions { Address = own, ReadLatency = plan.Latency, WriteLatency = plan.Latency };
        foreach (var (bucket, limit) in plan.Limits) options.RateLimits[Enum.Parse<RateBucket>(bucket)] = limit;
        foreach (var fault in plan.Faults) options.Faults.Add(fault);
        var servers = new Dictionary<int, RobotServerEntry>();
        foreach (var node in plan.UnknownServer ? [] : nodes)
        {
            IServerHardware hardware = wiredWrong ? new OtherMachine() : node.Server;
            var entry = new RobotServerEntry(node.Name, plan.OtherAddress ? IPAddress.Parse("192.0.2.1") : node.Server.Address, hardware)
            {
                OtherBoot = plan.OtherBoot, Cancelled = plan.Cancelled, Status = plan.Status, CanReset = plan.CanReset, CanRescue = plan.CanRescue,
            };
            servers[node.Number] = plan.Firewall ? entry with { Firewall = new FirewallEntry("active", []) } : entry;
        }

        return RobotEmulator.StartAsync(options, servers, clock, cancellation);
    }

    /// <summary>Some other server that Robot presses instead.</summary>
    private sealed class OtherMachine : IServerHardware
    {
        public bool PoweredOn => true;

        public Func<RescueBoot?> BootDecision { get; set; } = static () => null;

        public event Action<RescueReport>? RescueBooted
        {
            add { }
            remove { }
        }

        public Task HardwareResetAsync(CancellationToken cancellation)
        {
            BootDecision();
            return Task.CompletedTask;
        }

        public Task CtrlAltDelAsync(CancellationToken cancellation) => Task.CompletedTask;

        public Task PowerButtonAsync(CancellationToken cancellation) => Task.CompletedTask;

        public Task PowerOffAsync(CancellationToken cancellation) => Task.CompletedTask;
    }
}
