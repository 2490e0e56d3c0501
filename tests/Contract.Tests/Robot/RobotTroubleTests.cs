using Kronform.Provision.Failures;
using Kronform.Provision.Servers;
using Kronform.Provision.VirtualRack.Robot;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Robot;

public class RobotTroubleTests
{
    private const int N4 = RobotBench.N4;

    [Fact]
    public async Task A_wrong_password_is_tried_exactly_once_and_shows_up_nowhere()
    {
        await using var bench = await RobotBench.StartAsync();
        var robot = bench.NewClient("w4ong-password");
        var encoded = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{bench.Options.User}:w4ong-password"));

        var texts = new List<string>();
        foreach (var server in new[] { N4, N4, 1, 2 })
        {
            var failure = await bench.Fails(c => robot.GetServerAsync(server, c));
            Assert.Equal(FailureCode.RobotUnauthorized, failure.Code);
            texts.Add(failure.ToString());
        }

        Assert.Equal(["GET /server/321 401"], bench.Asked);
        Assert.Contains("Robot GET server/321 answered 401", bench.Log.All);
        Assert.All(texts.Append(bench.Log.All), text =>
        {
            Assert.DoesNotContain("w4ong", text);
            Assert.DoesNotContain(encoded, text);
        });
    }

    [Theory]
    [InlineData(BlockedAddress.Forbidden, "robot.refused")]
    [InlineData(BlockedAddress.ConnectionCut, "robot.unavailable")]
    public async Task Three_refused_logins_block_the_address_for_ten_minutes(BlockedAddress blocked, string code)
    {
        await using var bench = await RobotBench.StartAsync(o => o.Blocked = blocked);
        for (var strike = 0; strike < 3; strike++)
            await bench.Fails(c => bench.NewClient("wrong").GetServerAsync(N4, c));

        Assert.Equal(code, (await bench.Fails(c => bench.Client.GetServerAsync(N4, c))).Code.Name);
        bench.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal("n4", (await bench.Run(c => bench.Client.GetServerAsync(N4, c))).Name);
    }

    [Fact]
    public async Task A_server_of_another_account_is_unknown_in_every_call()
    {
        await using var bench = await RobotBench.StartAsync();
        var robot = bench.Client;
        Func<CancellationToken, Task>[] calls =
        [
            c => robot.GetServerAsync(9, c), c => robot.GetResetAsync(9, c), c => robot.PressResetAsync(9, ResetType.Hardware, c),
            c => robot.GetBootAsync(9, c), c => robot.GetRescueAsync(9, c), c => robot.GetLastRescueAsync(9, c),
            c => robot.ArmRescueAsync(9, ["aa"], c), c => robot.DisarmRescueAsync(9, c), c => robot.GetFirewallAsync(9, c),
        ];

        foreach (var call in calls)
            Assert.Equal(FailureCode.RobotServerNotFound, (await bench.Fails(call)).Code);

        Assert.Equal(calls.Length, bench.Emulator.Requests.Count);
    }

    [Fact]
    public async Task A_server_that_cannot_be_reset_or_rescued_says_so()
    {
        await using var bench = await RobotBench.StartAsync(change: e => e with { CanReset = false, CanRescue = false });

        var server = await bench.Run(c => bench.Client.GetServerAsync(N4, c));
        Assert.Equal((false, false), (server.CanReset!.Value, server.CanRescue!.Value));
        Assert.Equal("RESET_NOT_AVAILABLE", (await bench.Fails(c => bench.Client.PressResetAsync(N4, ResetType.Hardware, c))).RobotCode);
        Assert.Equal("BOOT_NOT_AVAILABLE", (await bench.Fails(c => bench.Client.GetRescueAsync(N4, c))).RobotCode);
        Assert.Null((await bench.Run(c => bench.Client.GetBootAsync(N4, c))).Rescue);
    }

    [Fact]
    public async Task The_fifty_first_press_of_an_hour_is_refused_with_the_time_to_wait()
    {
        await using var bench = await RobotBench.StartAsync();
        // Two machines of the account's users, which cannot know of each other.
        var (one, other) = (bench.Client, bench.NewClient(bench.Options.Password));
        for (var press = 0; press < 50; press++)
            await bench.Run(c => (press < 25 ? one : other).PressResetAsync(N4, ResetType.Hardware, c));

        var failure = await bench.Fails(c => one.PressResetAsync(N4, ResetType.Hardware, c));

        Assert.Equal((FailureCode.RobotRateLimited, TimeSpan.FromHours(1), true, false), (failure.Code, failure.RetryAfter!.Value, failure.IsTransient, failure.MayHaveHappened));
        Assert.Equal(51, bench.Emulator.Requests.Count);
        Assert.Equal(50, bench.Machine.History.Count(h => h == "hw"));
        // Other budgets are not touched, and this one comes back.
        await bench.Run(c => one.GetResetAsync(N4, c));
        bench.Time.Advance(TimeSpan.FromHours(1));
        await bench.Run(c => one.PressResetAsync(N4, ResetType.Hardware, c));
    }

    [Fact]
    public async Task A_read_outlasts_every_passing_fault()
    {
        await using var bench = await RobotBench.StartAsync();
        foreach (var what in new[] { Misbehaviour.Maintenance, Misbehaviour.BadGateway, Misbehaviour.InternalError, Misbehaviour.RequestLost, Misbehaviour.Garbage })
            bench.Faults.Add(new RobotFault(what, Times: 1));

        Assert.Equal("n4", (await bench.Run(c => bench.Client.GetServerAsync(N4, c))).Name);
        Assert.Equal([503, 502, 500, 0, 200, 200], bench.Emulator.Requests.Select(r => r.Status));
    }

    [Fact]
    public async Task A_403_that_is_not_the_rate_limit_is_a_plain_no()
    {
        await using var bench = await RobotBench.StartAsync();
        bench.Faults.Add(new RobotFault(Misbehaviour.Forbidden));

        Assert.Equal((FailureCode.RobotRefused, false), await Code(bench.Fails(c => bench.Client.GetServerAsync(N4, c))));
        Assert.Single(bench.Emulator.Requests);

        static async Task<(FailureCode, bool)> Code(Task<RobotException> failing) => ((await failing).Code, (await failing).IsTransient);
    }

    [Fact]
    public async Task A_reset_that_Hetzner_fails_to_do_is_tried_three_times()
    {
        await using var bench = await RobotBench.StartAsync();
        bench.Faults.Add(new RobotFault(Misbehaviour.ActionFailed, "POST", "/reset/321"));

        var failure = await bench.Fails(c => bench.Client.PressResetAsync(N4, ResetType.Hardware, c));

        Assert.Equal((FailureCode.RobotUnavailable, RobotCodes.ResetFailed), (failure.Code, failure.RobotCode));
        Assert.Equal(Enumerable.Repeat("POST /reset/321 500", 3), bench.Asked);
        Assert.Empty(bench.Machine.History);
    }

    [Theory]
    [InlineData(Misbehaviour.ReplyLost, 1)]
    [InlineData(Misbehaviour.RequestLost, 0)]
    [InlineData(Misbehaviour.Garbage, 1)]
    [InlineData(Misbehaviour.EmptyBody, 1)]
    [InlineData(Misbehaviour.BadGateway, 0)]
    [InlineData(Misbehaviour.InternalError, 0)]
    public async Task A_press_without_a_usable_reply_is_sent_once_and_left_open(Misbehaviour what, int pressed)
    {
        await using var bench = await RobotBench.StartAsync();
        bench.Faults.Add(new RobotFault(what, "POST"));

        var press = await bench.Run(c => bench.Client.PressResetAsync(N4, ResetType.Hardware, c));

        Assert.Equal(PressOutcome.Unknown, press.Outcome);
        Assert.Single(bench.Emulator.Requests);
        Assert.Equal(pressed, bench.Machine.History.Count(h => h == "hw"));
    }

    [Fact]
    public async Task A_press_that_takes_too_long_is_left_open_and_still_happens()
    {
        await using var bench = await RobotBench.StartAsync();
        bench.Faults.ExtraLatency = TimeSpan.FromSeconds(45);

        var pressing = bench.Client.PressResetAsync(N4, ResetType.Hardware, TestContext.Current.CancellationToken);
        // The client's limit, and the emulator's pause once the request has arrived.
        await bench.Time.TimersSetAsync(2, TestContext.Current.CancellationToken);
        bench.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(PressOutcome.Unknown, (await pressing).Outcome);
        Assert.Empty(bench.Machine.History);

        bench.Time.Advance(TimeSpan.FromSeconds(15));
        await bench.Machine.PressedAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["hw", "disk"], bench.Machine.History);
    }

    [Fact]
    public async Task A_slow_Robot_is_waited_for_within_the_limit()
    {
        await using var bench = await RobotBench.StartAsync(o => o.WriteLatency = TimeSpan.FromSeconds(3));
        var start = bench.Time.GetUtcNow();

        await bench.ArmAsync();

        Assert.Equal(TimeSpan.FromSeconds(6), bench.Time.GetUtcNow() - start);
    }

    [Fact]
    public async Task A_reset_can_be_confirmed_and_yet_not_happen()
    {
        await using var bench = await RobotBench.StartAsync();
        await bench.ArmAsync();
        bench.Faults.Add(new RobotFault(Misbehaviour.Ignored, "POST", "/reset/321"));

        Assert.Equal(PressOutcome.Pressed, (await bench.Run(c => bench.Client.PressResetAsync(N4, ResetType.Hardware, c))).Outcome);

        Assert.Empty(bench.Machine.History);
        // This is how it shows: the activation has not been consumed.
        Assert.True((await bench.Run(c => bench.Client.GetRescueAsync(N4, c))).Active);
    }

    [Fact]
    public async Task A_machine_that_cannot_be_reset_is_reset_failed()
    {
        await using var bench = await RobotBench.StartAsync();
        bench.Machine.Broken = new InvalidOperationException("no such machine");

        Assert.Equal(RobotCodes.ResetFailed, (await bench.Fails(c => bench.Client.PressResetAsync(N4, ResetType.Hardware, c))).RobotCode);
    }

    [Theory]
    [InlineData(Misbehaviour.ReplyLost)]
    [InlineData(Misbehaviour.RequestLost)]
    [InlineData(Misbehaviour.Garbage)]
    [InlineData(Misbehaviour.EmptyBody)]
    [InlineData(Misbehaviour.ActionFailed)]
    public async Task Arming_keys_and_disarming_survive_one_fault_each(Misbehaviour what)
    {
        await using var bench = await RobotBench.StartAsync();
        var fingerprint = RobotBench.Key.Md5Fingerprint;
        foreach (var (method, path) in new[] { ("POST", "/key"), ("POST", "/boot/321/rescue"), ("DELETE", "/boot/321/rescue"), ("DELETE", $"/key/{fingerprint}") })
            bench.Faults.Add(new RobotFault(what, method, path, Times: 1));

        await bench.ArmAsync();
        Assert.Equal("rescue", (await bench.Run(c => bench.Client.GetBootAsync(N4, c))).ActiveKind);
        await bench.Run(c => bench.Client.DisarmRescueAsync(N4, c));
        await bench.Run(c => bench.Client.DeleteKeyAsync(fingerprint, c));

        Assert.Null((await bench.Run(c => bench.Client.GetBootAsync(N4, c))).ActiveKind);
        Assert.Empty(await bench.Run(c => bench.Client.GetKeysAsync(c)));
    }

    [Fact]
    public async Task An_emulator_that_is_gone_is_an_unavailable_Robot_and_presses_nothing()
    {
        await using var bench = await RobotBench.StartAsync();
        await bench.Emulator.DisposeAsync();

        var failure = await bench.Fails(c => bench.Client.PressResetAsync(N4, ResetType.Hardware, c));

        Assert.Equal((FailureCode.RobotUnavailable, false), (failure.Code, failure.MayHaveHappened));
        Assert.Equal("Pressing reset \"hw\" of server 321: Robot could not be reached", failure.Message);
    }

    [Fact]
    public async Task Every_call_has_a_connection_of_its_own()
    {
        // So that a press never goes out on a connection the far side has just given up, which looks like a lost reply.
        await using var bench = await RobotBench.StartAsync();
        for (var call = 0; call < 3; call++)
            await bench.Run(c => bench.Client.GetServerAsync(N4, c));

        Assert.Equal(3, bench.Emulator.Requests.Select(r => r.Connection).Distinct().Count());
    }

    [Fact]
    public async Task Calls_at_the_same_time_do_not_mix()
    {
        await using var bench = await RobotBench.StartAsync(o => o.ReadLatency = TimeSpan.FromSeconds(1));

        await bench.Run(c => Task.WhenAll(Enumerable.Range(0, 20).Select(async n =>
        {
            if (n % 2 == 0)
                Assert.Equal("n4", (await bench.Client.GetServerAsync(N4, c)).Name);
            else
                Assert.Equal(FailureCode.RobotServerNotFound, (await Assert.ThrowsAsync<RobotException>(() => bench.Client.GetServerAsync(n, c))).Code);
        })));

        Assert.Equal(20, bench.Emulator.Requests.Count);
    }
}
