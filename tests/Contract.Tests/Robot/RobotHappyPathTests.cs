using System.Net;
using Kronform.Provision.Servers;
using Kronform.Provision.VirtualRack.Robot;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Robot;

public class RobotHappyPathTests
{
    private const int N4 = RobotBench.N4;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_goes_into_its_rescue_system_and_back(bool lastShowsArmed)
    {
        await using var bench = await RobotBench.StartAsync(o => o.LastShowsArmedRescue = lastShowsArmed);
        var robot = bench.Client;

        var server = await bench.Run(c => robot.GetServerAsync(N4, c));
        Assert.Equal((N4, "n4", true, false, true, true), (server.Number, server.Name, server.IsReady, server.Cancelled, server.CanReset!.Value, server.CanRescue!.Value));
        Assert.Equal(IPAddress.Parse("192.0.2.74"), server.IPv4);

        var reset = await bench.Run(c => robot.GetResetAsync(N4, c));
        Assert.Equal((true, false, "running"), (reset.Offers(ResetType.Hardware), reset.Offers(ResetType.Software), reset.OperatingStatus));
        Assert.Empty(FirewallCheck.Blocked((await bench.Run(c => robot.GetFirewallAsync(N4, c)))!, source: null));
        Assert.Null((await bench.Run(c => robot.GetBootAsync(N4, c))).ActiveKind);

        Assert.Null(await bench.Run(c => robot.FindKeyAsync(RobotBench.Key.Md5Fingerprint, c)));
        var key = await bench.Run(c => robot.AddKeyAsync("kronform-n4", RobotBench.Key, c));
        Assert.Equal(new RobotKey("kronform-n4", RobotBench.Key.Md5Fingerprint, "ED25519", 256), key);

        var before = (await bench.Run(c => robot.GetLastRescueAsync(N4, c)))?.BootTime;
        Assert.Null(before);
        var armed = await bench.Run(c => robot.ArmRescueAsync(N4, [key.Md5Fingerprint], c));
        Assert.Equal((true, "linux"), (armed.Active, armed.Os));
        Assert.Equal("rescue", (await bench.Run(c => robot.GetBootAsync(N4, c))).ActiveKind);

        var press = await bench.Run(c => robot.PressResetAsync(N4, ResetType.Hardware, c));
        Assert.Equal(PressOutcome.Pressed, press.Outcome);
        Assert.Equal(["hw", "linux"], bench.Machine.History);
        Assert.Equal([RobotBench.Key.Line], bench.Machine.Running!.AuthorizedKeys);
        Assert.False((await bench.Run(c => robot.GetRescueAsync(N4, c))).Active);
        Assert.Empty((await bench.Run(c => robot.GetLastRescueAsync(N4, c)))!.HostKeys);

        var report = bench.Machine.ReportRescue();
        var last = (await bench.Run(c => robot.GetLastRescueAsync(N4, c)))!;
        Assert.Equal(report.HostKeys.Select(k => new RescueHostKey(k.Type, k.Bits, k.Sha256Fingerprint)), last.HostKeys);
        Assert.True(last.BootTime!.IsNewerThan(before));
        // The bench's clock stands at 12:00 UTC on a day in September.
        Assert.Equal("2026-09-08 14:00:00", last.BootTime.Raw);

        await bench.Run(c => robot.DisarmRescueAsync(N4, c));
        Assert.False((await bench.Run(c => robot.GetRescueAsync(N4, c))).Active);
        await bench.Run(c => robot.DeleteKeyAsync(key.Md5Fingerprint, c));
        bench.Machine.Boot();
        Assert.Null(bench.Machine.Running);
    }

    [Fact]
    public async Task Everything_the_client_can_send_is_understood()
    {
        await using var bench = await RobotBench.StartAsync();
        var robot = bench.Client;
        var fingerprint = RobotBench.Key.Md5Fingerprint;
        var calls = new Dictionary<string, Func<CancellationToken, Task>>
        {
            ["AddKeyAsync"] = c => robot.AddKeyAsync("desk & co = 100 %", RobotBench.Key, c),
            ["FindKeyAsync"] = c => robot.FindKeyAsync(fingerprint, c),
            ["GetKeysAsync"] = c => robot.GetKeysAsync(c),
            ["GetServersAsync"] = c => robot.GetServersAsync(c),
            ["GetServerAsync"] = c => robot.GetServerAsync(N4, c),
            ["GetMainIPv4Async"] = c => robot.GetMainIPv4Async(N4, c),
            ["GetResetAsync"] = c => robot.GetResetAsync(N4, c),
            ["GetFirewallAsync"] = c => robot.GetFirewallAsync(N4, c),
            ["GetIpAsync"] = c => robot.GetIpAsync(IPAddress.Parse("192.0.2.74"), c),
            ["GetBootAsync"] = c => robot.GetBootAsync(N4, c),
            ["ArmRescueAsync"] = c => robot.ArmRescueAsync(N4, [fingerprint], c),
            ["GetRescueAsync"] = c => robot.GetRescueAsync(N4, c),
            ["PressResetAsync"] = c => robot.PressResetAsync(N4, ResetType.Hardware, c),
            ["GetLastRescueAsync"] = c => robot.GetLastRescueAsync(N4, c),
            ["DisarmRescueAsync"] = c => robot.DisarmRescueAsync(N4, c),
            ["DeleteKeyAsync"] = c => robot.DeleteKeyAsync(fingerprint, c),
        };
        Assert.Equal(
            typeof(RobotClient).GetMethods().Where(m => typeof(Task).IsAssignableFrom(m.ReturnType)).Select(m => m.Name).Order(),
            calls.Keys.Order());

        foreach (var call in calls.Values)
            await bench.Run(call);

        Assert.Equal(calls.Count, bench.Emulator.Requests.Count);
        Assert.All(bench.Emulator.Requests, r => Assert.InRange(r.Status, 200, 201));
    }

    [Fact]
    public async Task Several_keys_may_log_in()
    {
        await using var bench = await RobotBench.StartAsync();
        var second = SshPublicKey.Parse("ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBOblH1R1YCHnSepjppQ0/n1v9Su+qDxCuYsFZ3uGggUMm1Btwz3lX5HW17g2JOehFK+98BIuqgkt/xMoSab/N58uIcDGekUmgIOnwl1+NLwWrjmuyPZY/WNqs3SZ5HiCcg==");
        foreach (var key in new[] { RobotBench.Key, second })
            await bench.Run(c => bench.Client.AddKeyAsync("k", key, c));

        await bench.Run(c => bench.Client.ArmRescueAsync(N4, [RobotBench.Key.Md5Fingerprint, second.Md5Fingerprint], c));
        bench.Machine.Boot();

        Assert.Equal([RobotBench.Key.Line, second.Line], bench.Machine.Running!.AuthorizedKeys);
    }

    [Fact]
    public async Task The_account_and_an_address_are_described()
    {
        await using var bench = await RobotBench.StartAsync();

        Assert.Equal([(N4, "n4", (bool?)null)], (await bench.Run(c => bench.Client.GetServersAsync(c))).Select(s => (s.Number, s.Name, s.CanReset)));
        Assert.Empty(await bench.Run(c => bench.Client.GetKeysAsync(c)));
        var ip = await bench.Run(c => bench.Client.GetIpAsync(IPAddress.Parse("192.0.2.74"), c));
        Assert.Equal((IPAddress.Parse("192.0.2.65"), 26, N4), (ip.Gateway, ip.Prefix!.Value, ip.ServerNumber!.Value));
    }

    [Fact]
    public async Task A_server_without_IPv4_is_reached_by_IPv6()
    {
        await using var bench = await RobotBench.StartAsync(change: e => e with { Address = IPAddress.Parse("2001:db8:1:2::2") });

        var server = await bench.Run(c => bench.Client.GetServerAsync(N4, c));

        Assert.Null(server.IPv4);
        Assert.Empty(server.Addresses);
        Assert.Equal([IPAddress.Parse("2001:db8:1:2::2")], server.RescueAddresses);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_firewall_that_forgets_the_Talos_port_is_seen(bool rulesAsObject)
    {
        var firewall = new FirewallEntry("active", [new("accept", "ssh", DestinationPort: "22", Protocol: "tcp"), new("discard", "rest", IpVersion: null)]) { RulesAsObject = rulesAsObject };
        await using var bench = await RobotBench.StartAsync(change: e => e with { Firewall = firewall });

        var seen = (await bench.Run(c => bench.Client.GetFirewallAsync(N4, c)))!;

        Assert.Equal([new FirewallBlock(50000, "rule 2 \"rest\" discards it")], FirewallCheck.Blocked(seen, IPAddress.Parse("198.51.100.7")));
    }

    [Fact]
    public async Task A_server_without_a_firewall_is_normal()
    {
        await using var bench = await RobotBench.StartAsync(change: e => e with { Firewall = null });

        Assert.Null(await bench.Run(c => bench.Client.GetFirewallAsync(N4, c)));
    }

    [Fact]
    public async Task Somebody_elses_installer_is_seen_before_it_is_in_the_way()
    {
        await using var bench = await RobotBench.StartAsync(change: e => e with { OtherBoot = "linux" });

        Assert.Equal("linux", (await bench.Run(c => bench.Client.GetBootAsync(N4, c))).ActiveKind);
        await bench.Run(c => bench.Client.AddKeyAsync("desk", RobotBench.Key, c));
        var failure = await bench.Fails(c => bench.Client.ArmRescueAsync(N4, [RobotBench.Key.Md5Fingerprint], c));

        // Arming removes a rescue in its way, never another kind.
        Assert.Equal(RobotCodes.BootAlreadyEnabled, failure.RobotCode);
        Assert.Equal("linux", (await bench.Run(c => bench.Client.GetBootAsync(N4, c))).ActiveKind);
    }

    [Fact]
    public async Task The_power_buttons_do_what_they_say()
    {
        await using var bench = await RobotBench.StartAsync(change: e => e with { ResetTypes = ["power", "power_long", "hw", "man"] });
        Task<ResetPress> Press(string type) => bench.Run(c => bench.Client.PressResetAsync(N4, type, c));
        async Task<bool> IsShutOff() => (await bench.Run(c => bench.Client.GetResetAsync(N4, c))).IsShutOff;

        await Press(ResetType.PowerLong);
        Assert.True(await IsShutOff());
        await Press(ResetType.Power);
        Assert.False(await IsShutOff());
        await Press(ResetType.Power);
        Assert.True(await IsShutOff());
        await Press(ResetType.Hardware);
        Assert.False(await IsShutOff());

        Assert.Equal(["power_long", "power", "disk", "power", "hw", "disk"], bench.Machine.History);
    }

    [Fact]
    public async Task A_type_the_server_lacks_is_refused()
    {
        await using var bench = await RobotBench.StartAsync();

        var failure = await bench.Fails(c => bench.Client.PressResetAsync(N4, ResetType.Software, c));

        Assert.Equal("Pressing reset \"sw\" of server 321: Robot answered 400 INVALID_INPUT (invalid input); invalid: type", failure.Message);
        Assert.Empty(bench.Machine.History);
    }
}
