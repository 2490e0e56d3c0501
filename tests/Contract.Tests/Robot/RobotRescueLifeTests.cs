using Kronform.Provision.Servers;
using Kronform.Provision.VirtualRack.Robot;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Robot;

/// <summary>One boot, sixty minutes, new keys each time.</summary>
public class RobotRescueLifeTests
{
    private const int N4 = RobotBench.N4;

    [Fact]
    public async Task An_armed_rescue_is_good_for_one_boot()
    {
        await using var bench = await RobotBench.StartAsync();
        await bench.ArmAsync();

        await bench.Run(c => bench.Client.PressResetAsync(N4, ResetType.Hardware, c));
        await bench.Run(c => bench.Client.PressResetAsync(N4, ResetType.Hardware, c));

        Assert.Equal(["hw", "linux", "hw", "disk"], bench.Machine.History);
    }

    [Theory]
    [InlineData(59, "linux")]
    [InlineData(60, "disk")]
    public async Task An_armed_rescue_waits_for_sixty_minutes(int minutes, string booted)
    {
        await using var bench = await RobotBench.StartAsync();
        await bench.ArmAsync();

        bench.Time.Advance(TimeSpan.FromMinutes(minutes));

        var rescue = await bench.Run(c => bench.Client.GetRescueAsync(N4, c));
        Assert.Equal(booted == "linux", rescue.Active);
        bench.Machine.Boot();
        Assert.Equal([booted], bench.Machine.History);
    }

    [Fact]
    public async Task A_disarmed_rescue_does_not_boot()
    {
        await using var bench = await RobotBench.StartAsync();
        await bench.ArmAsync();

        await bench.Run(c => bench.Client.DisarmRescueAsync(N4, c));
        bench.Machine.Boot();

        Assert.Equal(["disk"], bench.Machine.History);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_keys_of_the_rescue_before_are_never_taken_for_the_new_ones(bool lastShowsArmed)
    {
        await using var bench = await RobotBench.StartAsync(o => o.LastShowsArmedRescue = lastShowsArmed);
        await bench.ArmAsync();
        bench.Machine.Boot();
        bench.Machine.ReportRescue();
        var before = (await bench.Run(c => bench.Client.GetLastRescueAsync(N4, c)))!;

        bench.Time.Advance(TimeSpan.FromMinutes(5));
        await bench.Run(c => bench.Client.ArmRescueAsync(N4, [RobotBench.Key.Md5Fingerprint], c));
        var armed = (await bench.Run(c => bench.Client.GetLastRescueAsync(N4, c)))!;
        bench.Machine.Boot();
        var booting = (await bench.Run(c => bench.Client.GetLastRescueAsync(N4, c)))!;
        var report = bench.Machine.ReportRescue();
        var booted = (await bench.Run(c => bench.Client.GetLastRescueAsync(N4, c)))!;

        foreach (var tooEarly in new[] { armed, booting })
            Assert.True(tooEarly.BootTime is null || !tooEarly.BootTime.IsNewerThan(before.BootTime));
        Assert.True(booted.BootTime!.IsNewerThan(before.BootTime));
        Assert.Equal(report.HostKeys.Select(k => k.Sha256Fingerprint), booted.HostKeys.Select(k => k.Sha256Fingerprint));
    }

    [Fact]
    public async Task A_late_report_of_the_rescue_before_does_not_fill_the_armed_one()
    {
        await using var bench = await RobotBench.StartAsync();
        await bench.ArmAsync();
        bench.Machine.Boot();
        await bench.Run(c => bench.Client.ArmRescueAsync(N4, [RobotBench.Key.Md5Fingerprint], c));

        bench.Machine.ReportRescue();

        Assert.Empty((await bench.Run(c => bench.Client.GetLastRescueAsync(N4, c)))!.HostKeys);
    }

    [Fact]
    public async Task An_unregistered_key_cannot_be_armed()
    {
        await using var bench = await RobotBench.StartAsync();

        var failure = await bench.Fails(c => bench.Client.ArmRescueAsync(N4, [RobotBench.Key.Md5Fingerprint], c));

        Assert.EndsWith("400 INVALID_INPUT (invalid input); invalid: authorized_key", failure.Message);
        bench.Machine.Boot();
        Assert.Equal(["disk"], bench.Machine.History);
    }

    [Theory]
    [InlineData(Misbehaviour.BootAlreadyEnabled)]
    [InlineData(Misbehaviour.BootBlocked)]
    public async Task An_activation_in_the_way_is_replaced(Misbehaviour conflict)
    {
        await using var bench = await RobotBench.StartAsync();
        await bench.Run(c => bench.Client.AddKeyAsync("desk", RobotBench.Key, c));
        bench.Faults.Add(new RobotFault(conflict, "POST", "/boot/321/rescue", Times: 1));

        await bench.Run(c => bench.Client.ArmRescueAsync(N4, [RobotBench.Key.Md5Fingerprint], c));

        Assert.Equal(["POST /boot/321/rescue 409", "DELETE /boot/321/rescue 200", "POST /boot/321/rescue 200"], bench.Asked.Skip(1));
    }

    [Fact]
    public async Task A_key_lives_from_registration_to_removal()
    {
        await using var bench = await RobotBench.StartAsync();
        var fingerprint = RobotBench.Key.Md5Fingerprint;

        var added = await bench.Run(c => bench.Client.AddKeyAsync("first name", RobotBench.Key, c));
        var again = await bench.Run(c => bench.Client.AddKeyAsync("second name", RobotBench.Key, c));
        Assert.Equal(("first name", added), (again.Name, again));
        Assert.Equal([added], await bench.Run(c => bench.Client.GetKeysAsync(c)));

        await bench.Run(c => bench.Client.DeleteKeyAsync(fingerprint, c));
        Assert.Null(await bench.Run(c => bench.Client.FindKeyAsync(fingerprint, c)));
        await bench.Run(c => bench.Client.DeleteKeyAsync(fingerprint, c));
        Assert.Equal(
            ["POST /key 201", "POST /key 409", $"GET /key/{fingerprint} 200", "GET /key 200", $"DELETE /key/{fingerprint} 200", $"GET /key/{fingerprint} 404", $"DELETE /key/{fingerprint} 404"],
            bench.Asked);
    }
}
