using System.Text.Json;
using Kronform.Provision.Failures;
using Kronform.Provision.Servers;
using Kronform.Provision.Servers.Budgets;
using Kronform.Provision.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Servers.Budgets;

/// <summary>The account's file between instances that know nothing of each other, as processes do; real files.</summary>
public sealed class RobotBudgetTests : IDisposable
{
    private static readonly RobotCall Press = new(HttpMethod.Post, "reset/321", "Pressing");
    private static readonly RobotCall Look = new(HttpMethod.Get, "boot/321/rescue/last", "Looking");
    private static readonly RobotCall Disarm = new(HttpMethod.Delete, "boot/321/rescue", "Disarming");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("robot-budget-");
    private readonly ManualTime _time = new();
    private readonly List<string> _notes = [];

    private string File_ => Path.Combine(_folder.FullName, "account", "0123.json");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    private RobotBudget Process(string? path = null) => new(new BudgetFile(path ?? File_, _time), _time, NullLogger.Instance, _notes.Add);

    [Fact]
    public async Task Two_processes_share_what_is_left()
    {
        var (one, other) = (Process(), Process());
        for (int i = 0; i < 22; i++) await one.TakeAsync(Press, Cancellation);
        for (int i = 0; i < 23; i++) await other.TakeAsync(Press, Cancellation);

        var failure = await Assert.ThrowsAsync<RobotException>(() => one.TakeAsync(Press, Cancellation));

        Assert.Equal((FailureCode.RobotRateLimited, false), (failure.Code, failure.MayHaveHappened));
        Assert.Equal(TimeSpan.FromMinutes(61), failure.RetryAfter);
        Assert.Equal("Pressing: not sent, because this machine has made 45 of the 50 calls that Robot allows in 60 minutes for resets, and 5 are kept for others; there is room again at 13:01:00 UTC", failure.Message);
        await other.TakeAsync(Look, Cancellation);
        Assert.Empty(_notes);
    }

    [Fact]
    public async Task No_call_is_lost_when_many_take_at_once()
    {
        var processes = Enumerable.Range(0, 4).Select(_ => new RobotBudget(new BudgetFile(File_, TimeProvider.System), TimeProvider.System, NullLogger.Instance, _notes.Add)).ToList();

        await Task.WhenAll(processes.SelectMany(p => Enumerable.Range(0, 25).Select(_ => Task.Run(() => p.TakeAsync(Look, Cancellation), Cancellation))));

        var ledger = BudgetFile.Parse(await File.ReadAllBytesAsync(File_, Cancellation));
        Assert.Equal(100, ledger[CallLimit.Boot].Minutes.Sum(m => m.Calls));
        Assert.Empty(_notes);
    }

    [Fact]
    public async Task What_Robot_said_to_one_process_keeps_the_others_from_asking()
    {
        await Process().ExhaustedAsync(Press, TimeSpan.FromMinutes(10), Cancellation);

        Assert.Equal(TimeSpan.FromMinutes(10), (await Assert.ThrowsAsync<RobotException>(() => Process().TakeAsync(Press, Cancellation))).RetryAfter);
        await Process().TakeAsync(Look, Cancellation);
        _time.Advance(TimeSpan.FromMinutes(10));
        await Process().TakeAsync(Press, Cancellation);
    }

    [Fact]
    public async Task A_short_wait_is_waited_out()
    {
        var budget = Process();
        for (int i = 0; i < 45; i++) await budget.TakeAsync(Press, Cancellation);
        _time.Advance(TimeSpan.FromMinutes(59.5));

        await _time.RunAsync(budget.TakeAsync(Press, Cancellation), TimeSpan.FromMinutes(3), Cancellation);

        Assert.Equal(new ManualTime().GetUtcNow() + TimeSpan.FromMinutes(61), _time.GetUtcNow());
        Assert.Equal(["waiting 90 s for room in Robot's limit for resets"], _notes);
    }

    [Fact]
    public async Task Looking_leaves_enough_for_disarming()
    {
        var budget = Process();
        for (int i = 0; i < 450; i++) await budget.TakeAsync(Look, Cancellation);

        await Assert.ThrowsAsync<RobotException>(() => budget.TakeAsync(Look, Cancellation));
        for (int i = 0; i < 50; i++) await budget.TakeAsync(Disarm, Cancellation);
        await Assert.ThrowsAsync<RobotException>(() => budget.TakeAsync(Disarm, Cancellation));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"endpoints":{"boot":null}}""")]
    [InlineData("""{"endpoints":{"boot":{"minutes":[{"minute":"2026-09-08T12:00:00Z","calls":-7}]}}}""")]
    [InlineData("""{"endpoints":{"boot":{"minutes":null}}}""")]
    public async Task A_broken_file_is_told_of_once_and_begins_anew(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File_)!);
        await File.WriteAllTextAsync(File_, content, Cancellation);
        var budget = Process();

        await budget.TakeAsync(Look, Cancellation);
        await budget.TakeAsync(Look, Cancellation);

        Assert.Contains(File_, Assert.Single(_notes), StringComparison.Ordinal);
        Assert.Equal(2, BudgetFile.Parse(await File.ReadAllBytesAsync(File_, Cancellation))[CallLimit.Boot].Minutes.Sum(m => m.Calls));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_leaves_counting_to_the_process()
    {
        string file = Path.Combine(_folder.FullName, "in-the-way");
        await File.WriteAllTextAsync(file, "a file, where a folder should be", Cancellation);
        var budget = Process(Path.Combine(file, "0123.json"));

        for (int i = 0; i < 45; i++) await budget.TakeAsync(Press, Cancellation);

        Assert.Equal(FailureCode.RobotRateLimited, (await Assert.ThrowsAsync<RobotException>(() => budget.TakeAsync(Press, Cancellation))).Code);
        Assert.Contains("counted for this process alone", Assert.Single(_notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lock_that_somebody_never_gives_back_holds_up_no_run()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File_)!);
        using var stuck = new FileStream(File_ + ".lock", FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        await _time.RunAsync(Process().TakeAsync(Look, Cancellation), TimeSpan.FromMinutes(1), Cancellation);

        Assert.Contains("has held", Assert.Single(_notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_file_is_the_owners_and_names_nobody()
    {
        var connection = new RobotConnection(new Uri("https://robot-ws.your-server.de/"), "#ws+abc", "secret-password");
        string path = Path.Combine(_folder.FullName, "account", BudgetFile.NameOf(connection));
        await Process(path).TakeAsync(Look, Cancellation);

        Assert.Matches("^[0-9a-f]{16}\\.json$", BudgetFile.NameOf(connection));
        Assert.Equal(BudgetFile.NameOf(connection), BudgetFile.NameOf(connection with { Password = "another" }));
        Assert.Equal(BudgetFile.NameOf(connection), BudgetFile.NameOf(connection with { BaseUrl = new Uri("https://robot-ws.your-server.de") }));
        Assert.NotEqual(BudgetFile.NameOf(connection), BudgetFile.NameOf(connection with { User = "#ws+abd" }));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        string text = await File.ReadAllTextAsync(path, Cancellation);
        Assert.DoesNotContain("abc", text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Groups_of_a_newer_version_are_kept()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File_)!);
        await File.WriteAllTextAsync(File_, """{"endpoints":{"vswitch":{"minutes":[{"minute":"2026-09-08T12:00:00Z","calls":7}]}}}""", Cancellation);

        await Process().TakeAsync(Look, Cancellation);

        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(File_, Cancellation));
        Assert.Equal(7, json.RootElement.GetProperty("endpoints").GetProperty("vswitch").GetProperty("minutes")[0].GetProperty("calls").GetInt32());
    }
}
