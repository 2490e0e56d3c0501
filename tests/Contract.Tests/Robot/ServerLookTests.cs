using System.Net;
using Kronform.Provision.Cluster;
using Kronform.Provision.Runs;
using Kronform.Provision.VirtualRack.Robot;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Robot;

/// <summary>What Robot is asked about a server that does not answer, and how often.</summary>
public sealed class ServerLookTests
{
    private static readonly NodeSpec Node = new() { Name = "n4", ServerNumber = RobotBench.N4, Role = NodeRole.ControlPlane, ConfigPath = "c", Line = 1, Column = 1 };

    [Fact]
    public async Task Power_and_firewall_are_told_and_not_asked_for_again_within_half_a_minute()
    {
        await using var bench = await RobotBench.StartAsync(change: e => e with { Firewall = new FirewallEntry("active", [new FirewallRuleEntry("accept", DestinationPort: "22", Protocol: "tcp")]) });
        var look = new ServerLook(bench.Client, bench.Time);
        for (int i = 0; i < 3; i++)
        {
            var signs = await bench.Run(c => look.SignsAsync(Node, c));
            Assert.True(signs.IsRunning && !signs.IsShutOff && signs.TalosPort is { Port: 50000 } && signs.Unasked is null, signs.ToString());
        }

        Assert.Equal(2, bench.Asked.Count());
        bench.Machine.PoweredOn = false;
        bench.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.True((await bench.Run(c => look.SignsAsync(Node, c))).IsShutOff);
    }

    [Fact]
    public async Task An_address_is_asked_for_once_and_not_at_all_when_it_is_written_down()
    {
        await using var bench = await RobotBench.StartAsync();
        var look = new ServerLook(bench.Client, bench.Time);
        var written = Node with { Address = IPAddress.Loopback };
        Assert.Equal(IPAddress.Loopback, await bench.Run(c => look.AddressAsync(written, c)));
        Assert.Empty(bench.Asked);
        for (int i = 0; i < 3; i++) Assert.Equal(IPAddress.Parse("192.0.2.74"), await bench.Run(c => look.AddressAsync(Node, c)));
        Assert.Single(bench.Asked);
        Assert.Null(await bench.Run(c => look.AddressAsync(Node with { ServerNumber = 1 }, c)));
    }

    [Fact]
    public async Task A_Robot_in_trouble_is_told_and_claims_nothing()
    {
        await using var bench = await RobotBench.StartAsync(o => o.Faults.Add(new RobotFault(Misbehaviour.Maintenance)));
        var signs = await bench.Run(c => new ServerLook(bench.Client, bench.Time).SignsAsync(Node, c));
        Assert.True(signs is { Unasked.Length: > 0, IsRunning: false, IsShutOff: false, TalosPort: null }, signs.ToString());
    }

    [Fact]
    public async Task Without_Robot_nothing_is_claimed() =>
        Assert.Equal(ServerSigns.None, await new ServerLook(null, TimeProvider.System).SignsAsync(Node, TestContext.Current.CancellationToken));
}
