using Kronform.Provision.Failures;
using Kronform.Provision.Servers;
using Kronform.Provision.Servers.Budgets;
using Kronform.Provision.VirtualRack.Robot;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Robot;

/// <summary>Processes of one account against one Robot: what they ask together, and what it is spared.</summary>
public sealed class SharedBudgetTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("shared-budget-");

    private string BudgetPath => Path.Combine(_folder.FullName, "account.json");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Two_processes_together_press_no_more_than_the_account_may_and_leave_a_reserve()
    {
        await using var bench = await RobotBench.StartAsync();
        var (one, other) = (bench.NewProcess(BudgetPath), bench.NewProcess(BudgetPath));
        for (int press = 0; press < 45; press++)
            await bench.Run(c => (press % 2 == 0 ? one : other).PressResetAsync(RobotBench.N4, ResetType.Hardware, c));

        foreach (var process in new[] { one, other, bench.NewProcess(BudgetPath) })
            Assert.Equal(FailureCode.RobotRateLimited, (await bench.Fails(c => process.PressResetAsync(RobotBench.N4, ResetType.Hardware, c))).Code);

        Assert.Equal(45, bench.Emulator.Requests.Count);
        // A person, or another tool, still can.
        await bench.Run(c => bench.Client.PressResetAsync(RobotBench.N4, ResetType.Hardware, c));
        bench.Time.Advance(TimeSpan.FromMinutes(61));
        await bench.Run(c => other.PressResetAsync(RobotBench.N4, ResetType.Hardware, c));
    }

    [Fact]
    public async Task A_press_that_is_called_off_while_it_waits_for_room_was_certainly_not_sent()
    {
        await using var bench = await RobotBench.StartAsync();
        var process = bench.NewProcess(BudgetPath);
        for (int press = 0; press < 45; press++) await bench.Run(c => process.PressResetAsync(RobotBench.N4, ResetType.Hardware, c));
        bench.Time.Advance(TimeSpan.FromMinutes(60));
        using var stop = new CancellationTokenSource();

        var called = process.PressResetAsync(RobotBench.N4, ResetType.Hardware, stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAsync<NotSentException>(() => called);
        Assert.Equal(45, bench.Emulator.Requests.Count);
    }

    [Fact]
    public async Task What_Robot_says_to_one_process_spares_it_the_questions_of_the_others()
    {
        await using var bench = await RobotBench.StartAsync();
        bench.Faults.Add(new RobotFault(Misbehaviour.RateLimited, "GET", "/boot/321/rescue/last", Times: 1));

        Assert.Equal(RobotCodes.RateLimitExceeded, (await bench.Fails(c => bench.NewProcess(BudgetPath).GetLastRescueAsync(RobotBench.N4, c))).RobotCode);
        var spared = await bench.Fails(c => bench.NewProcess(BudgetPath).GetRescueAsync(RobotBench.N4, c));

        Assert.Equal((FailureCode.RobotRateLimited, null), (spared.Code, spared.RobotCode));
        Assert.Contains("Robot said at 12:00:00 UTC that the limit for /boot is used up; there is room again at 13:00:00 UTC", spared.Message, StringComparison.Ordinal);
        Assert.Single(bench.Emulator.Requests);
        // Other limits are not meant.
        await bench.Run(c => bench.NewProcess(BudgetPath).GetServerAsync(RobotBench.N4, c));
        bench.Time.Advance(TimeSpan.FromHours(1));
        await bench.Run(c => bench.NewProcess(BudgetPath).GetRescueAsync(RobotBench.N4, c));
    }

    [Fact]
    public async Task Another_403_is_no_limit_for_anybody()
    {
        await using var bench = await RobotBench.StartAsync();
        bench.Faults.Add(new RobotFault(Misbehaviour.Forbidden, Times: 1));

        Assert.Equal(FailureCode.RobotRefused, (await bench.Fails(c => bench.NewProcess(BudgetPath).GetServerAsync(RobotBench.N4, c))).Code);

        await bench.Run(c => bench.NewProcess(BudgetPath).GetServerAsync(RobotBench.N4, c));
    }

    [Fact]
    public async Task Each_try_of_a_repeated_call_counts()
    {
        await using var bench = await RobotBench.StartAsync();
        bench.Faults.Add(new RobotFault(Misbehaviour.Maintenance, Times: 3));

        await bench.Run(c => bench.NewProcess(BudgetPath).GetServerAsync(RobotBench.N4, c));

        var ledger = BudgetFile.Parse(await File.ReadAllBytesAsync(BudgetPath, TestContext.Current.CancellationToken));
        Assert.Equal(4, ledger[CallLimit.Servers].Minutes.Sum(m => m.Calls));
    }
}
