using Kronform.Provision.Commands;
using Kronform.Provision.Runs;
using Kronform.Provision.Runs.Deadlines;
using Kronform.Provision.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs.Deadlines;

public sealed class LearntDeadlinesTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);
    private static readonly RunRecord Pressed = new() { BootNonce = "aa", LastReset = new ResetRecord("hw", "rescue", Start, Settled: false) };
    private static readonly RunRecord Rebooted = new() { BootNonce = "aa", Reboot = new RebootRecord("boot-1", Start, 1) };
    private static readonly Observation Rescue = new Observation.Rescue("boot-1", "proven");
    private static readonly Observation Ours = new Observation.Maintenance(true, "nonce");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("boot-times-");

    private string File_ => Path.Combine(_folder.FullName, "servers", "boot-times.json");

    private BootTimesFile NewFile() => new(File_, new ManualTime(), NullLogger.Instance);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    /// <param name="seen">Seconds of earlier boots, the newest last.</param>
    [Theory]
    [InlineData(8, "", 8)]
    [InlineData(8, "82 95 90", 8)]
    [InlineData(8, "240", 8)]
    [InlineData(8, "82 330 90", 11)]
    [InlineData(8, "470", 15.666667)]
    [InlineData(8, "1500", 30)]
    [InlineData(45, "1500", 45)]
    [InlineData(8, "470 90 90 90 90 90 90 90 90 90 90", 8)]
    public void Twice_the_slowest_of_the_last_ten_is_waited_for_and_never_less_than_the_default(double floorMinutes, string seen, double expectedMinutes)
    {
        double[] seconds = [.. seen.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(s => double.Parse(s, System.Globalization.CultureInfo.InvariantCulture))];

        Assert.Equal(expectedMinutes, LearntDeadlines.Of(TimeSpan.FromMinutes(floorMinutes), seconds).TotalMinutes, 3);
    }

    [Fact]
    public void What_the_operator_gave_stays_as_it_is()
    {
        var slow = new ProductTimes([470], [800]);
        var given = new RunLimits { RescueDeadline = TimeSpan.FromMinutes(3), RescueDeadlineGiven = true };

        var limits = LearntDeadlines.Apply(given, slow);

        Assert.Equal((TimeSpan.FromMinutes(3), TimeSpan.FromSeconds(1600)), (limits.RescueDeadline, limits.BootDeadline));
        Assert.Equal(TimeSpan.FromSeconds(940), LearntDeadlines.Apply(new RunLimits(), slow).RescueDeadline);
        Assert.Equal("deadlines for AX41-NVMe: rescue system 3 min (as given); written disk 26.7 min (slowest of the last 1: 800 s)", LearntDeadlines.Describe("AX41-NVMe", limits, slow));
        Assert.Equal("deadlines for EX44: rescue system 8 min (none seen yet); written disk 15 min (none seen yet)", LearntDeadlines.Describe("EX44", new RunLimits(), ProductTimes.None));
    }

    [Theory]
    [InlineData("n4", false, false, 8)]
    [InlineData("n4 --rescue-deadline 3m", true, false, 3)]
    [InlineData("n4 --rescue-deadline 8m", true, false, 8)]
    [InlineData("n4 --boot-deadline 90s", false, true, 8)]
    public void The_command_line_tells_what_was_given_from_what_is_the_default(string line, bool rescue, bool boot, int minutes)
    {
        var limits = ProvisionCommand.LimitsOf(ProvisionCommand.Create().Parse(line));

        Assert.Equal((rescue, boot, TimeSpan.FromMinutes(minutes)), (limits.RescueDeadlineGiven, limits.BootDeadlineGiven, limits.RescueDeadline));
    }

    [Fact]
    public async Task Boots_of_many_nodes_at_once_are_all_kept_without_a_queue_for_the_file()
    {
        var file = NewFile();
        // Held by another process: all of them have been seen by the time the file is free.
        Directory.CreateDirectory(Path.GetDirectoryName(File_)!);
        var time = new ManualTime(Start);
        var held = Files.FileLock.TryTake(File_ + ".lock")!;
        var busy = new BootTimesFile(File_, time, NullLogger.Instance);
        Task[] learning = [.. Enumerable.Range(1, 1000).Select(n => busy.LearnAsync($"P{n % 5}", times => times.WithRescue(TimeSpan.FromSeconds(n)), Cancellation))];
        Assert.DoesNotContain(learning, t => t.IsCompleted);
        held.Dispose();
        time.Advance(TimeSpan.FromSeconds(1));
        await Task.WhenAll(learning).WaitAsync(TimeSpan.FromSeconds(60), Cancellation);

        Assert.All(Enumerable.Range(0, 5), p => Assert.Equal(ProductTimes.Kept, file.Of($"P{p}").Rescue.Count));
        Assert.Equal(1000, file.Of("P0").Rescue[^1]);
    }

    [Fact]
    public async Task A_run_learns_each_boot_once_however_often_it_looks()
    {
        var time = new ManualTime(Start);
        using var journal = JournalFile.Open(Path.Combine(_folder.FullName, "run.journal"), time);
        var services = new RunServices(null!, null, null!, null!, null!, null!, null!, null!, time, NullLoggerFactory.Instance);
        var context = new NodeContext(services, null!, null!, System.Net.IPAddress.Loopback, new RunOptions(), journal, null!);
        var boots = new BootLearner(NewFile(), "AX41-NVMe");
        context.Append(new ResetPressing("hw", "rescue"));

        foreach (int _ in Enumerable.Range(0, 3))
        {
            await boots.SeeAsync(context, new Observation.Silent("nothing"), Start, Cancellation);
            time.Advance(TimeSpan.FromSeconds(30));
        }

        foreach (int _ in Enumerable.Range(0, 3)) await boots.SeeAsync(context, Rescue, Start, Cancellation);
        context.Append(new RescueProven("boot-1", [], null));
        context.Append(new RebootAsking("boot-1"));
        time.Advance(TimeSpan.FromSeconds(70));
        await boots.SeeAsync(context, Ours, Start, Cancellation);
        await boots.SeeAsync(context, Ours, Start, Cancellation);

        Assert.Equal([90.0], NewFile().Of("AX41-NVMe").Rescue);
        Assert.Equal([70.0], NewFile().Of("AX41-NVMe").Disk);
    }

    [Fact]
    public void A_boot_is_measured_from_what_began_it_to_the_proof_that_it_is_through()
    {
        Assert.Equal(new BootSeen.Rescue(Start, TimeSpan.FromSeconds(90)), See(Pressed, Rescue, 90));
        Assert.Equal(new BootSeen.Disk(Start, TimeSpan.FromSeconds(200)), See(Rebooted, Ours, 200));
        var pressedToo = Rebooted with { LastReset = new ResetRecord("hw", "disk", Start.AddSeconds(100), Settled: false) };
        Assert.Equal(new BootSeen.Disk(Start.AddSeconds(100), TimeSpan.FromSeconds(100)), See(pressedToo, Ours, 200));
    }

    [Fact]
    public void Nothing_is_learnt_from_what_did_not_boot_or_was_not_watched()
    {
        Assert.Null(See(Pressed, new Observation.Silent("nothing"), 90));
        Assert.Null(See(Pressed, new Observation.ForeignSystem("old"), 90));
        Assert.Null(See(Pressed with { LastReset = Pressed.LastReset! with { Settled = true } }, Rescue, 90));
        Assert.Null(See(Rebooted, new Observation.Maintenance(false, "no nonce"), 90));
        Assert.Null(See(Rebooted with { ConfigSentAt = Start }, Ours, 90));
        // An operator who ran again after lunch: it had been up for long.
        Assert.Null(BootWatch.Of(Pressed, Rescue, new RunLimits(), began: Start.AddHours(1), now: Start.AddHours(1)));
        // Later than its deadline: Robot or the network were in the way.
        Assert.Null(See(Pressed, Rescue, 481));
    }

    [Fact]
    public async Task What_one_process_saw_another_knows_and_only_the_last_ten_are_kept()
    {
        for (int i = 1; i <= 12; i++) await NewFile().LearnAsync("AX41-NVMe", t => t.WithRescue(TimeSpan.FromSeconds(i)), Cancellation);
        await NewFile().LearnAsync("AX41-NVMe", t => t.WithDisk(TimeSpan.FromSeconds(70.26)), Cancellation);
        await NewFile().LearnAsync("EX44", t => t.WithRescue(TimeSpan.FromSeconds(300)), Cancellation);

        var seen = NewFile().Of("AX41-NVMe");

        Assert.Equal(Enumerable.Range(3, 10).Select(i => (double)i), seen.Rescue);
        Assert.Equal([70.3], seen.Disk);
        Assert.Equal([300.0], NewFile().Of("EX44").Rescue);
        Assert.Empty(NewFile().Of("RX170").Rescue);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("""{"AX41-NVMe":null}""")]
    [InlineData("""{"AX41-NVMe":{"rescue":[-5],"disk":[]}}""")]
    [InlineData("""{"AX41-NVMe":{"rescue":[1e9],"disk":[]}}""")]
    public async Task A_broken_file_means_the_defaults_and_begins_anew(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File_)!);
        await File.WriteAllTextAsync(File_, content, Cancellation);

        Assert.Same(ProductTimes.None, NewFile().Of("AX41-NVMe"));
        await NewFile().LearnAsync("AX41-NVMe", t => t.WithRescue(TimeSpan.FromSeconds(80)), Cancellation);
        Assert.Equal([80.0], NewFile().Of("AX41-NVMe").Rescue);
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_stops_nothing()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "servers"), "in the way", Cancellation);

        await NewFile().LearnAsync("AX41-NVMe", t => t.WithRescue(TimeSpan.FromSeconds(80)), Cancellation);

        Assert.Empty(NewFile().Of("AX41-NVMe").Rescue);
    }

    private static BootSeen? See(RunRecord record, Observation observation, int seconds) =>
        BootWatch.Of(record, observation, new RunLimits(), began: Start, now: Start.AddSeconds(seconds));
}
