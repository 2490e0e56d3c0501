using System.Diagnostics;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Failures;
using Kronform.Provision.Runs;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Disks;

/// <summary>The acts of a run against the real agent: what the one side keeps and orders is what the other proposes and does.</summary>
public sealed class NeutralisingTests : IDisposable
{
    private static readonly RunOptions Named = new() { Neutralise = ["OLD1"] };
    private readonly InstallBench _bench = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_threatening_disk_stops_the_run_until_it_is_named_and_nothing_is_written()
    {
        byte[] before = _bench.Disk("sdb");

        var stopped = await Assert.ThrowsAsync<ProvisionException>(() => _bench.InstallAsync(new RunOptions(), Token));

        Assert.Equal(FailureCode.BootThreat, stopped.Code);
        Assert.Equal(before, _bench.Disk("sdb"));
        Assert.Equal(0, _bench.Host.Trouble.Writes);
    }

    [Fact]
    public async Task A_named_disk_is_neutralised_then_everything_is_decided_anew_and_the_image_is_written()
    {
        byte[] data = _bench.Disk("sdb")[TestImage.MiB..^TestImage.MiB];

        await _bench.InstallAsync(Named, Token);

        Assert.Equal(["inventory", "neutralise", "neutralise", "inventory", "write"], _bench.Session.Runs.Select(r => r.Command));
        Assert.Equal(
            ["RunStarted", "AttemptStarted", "RescueProven", "NeutraliseStarting", "NeutraliseDone", "PlanSucceeded", "WriteStarting", "WipedBytesKept", "WriteDone"],
            _bench.Entries.Select(e => e.GetType().Name));
        Assert.True(data.AsSpan().SequenceEqual(_bench.Disk("sdb").AsSpan()[TestImage.MiB..^TestImage.MiB]), "data of the neutralised disk changed");
        Assert.Contains(_bench.Reporter.Notes, n => n.StartsWith("neutralising the disk with serial OLD1: rename partition 3 BOOT to old-BOOT", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_old_bytes_are_in_the_journal_on_disk_before_the_agent_is_told_to_replace_them()
    {
        byte[] before = _bench.Disk("sdb");
        string kept = "";
        _bench.Session.Before = (_, order) =>
        {
            if (!order.Contains("\"changes\"", StringComparison.Ordinal)) return;
            using var stream = new FileStream(_bench.JournalPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            kept = new StreamReader(stream).ReadToEnd();
            Assert.Equal(before, _bench.Disk("sdb"));
        };

        await _bench.InstallAsync(Named, Token);

        Assert.Contains(Convert.ToBase64String(before.AsSpan(0, 512)), kept.Replace("\\u002B", "+", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_was_killed_half_way_completes_the_disk_first_even_when_nobody_names_it_again()
    {
        _bench.Host.Trouble.FailWrite = 2;
        await Assert.ThrowsAsync<ProvisionException>(() => _bench.InstallAsync(Named, Token));
        Assert.IsType<NeutraliseStarting>(_bench.Entries[^1]);

        _bench.Host.Trouble.FailWrite = null;
        await _bench.InstallAsync(new RunOptions(), Token);

        Assert.Equal(["NeutraliseDone", "WriteStarting", "WipedBytesKept", "WriteDone"], _bench.Entries.TakeLast(4).Select(e => e.GetType().Name));
    }

    [Fact]
    public async Task What_cannot_be_completed_any_more_is_given_up_and_the_choice_begins_anew()
    {
        _bench.Host.Trouble.FailWrite = 1;
        await Assert.ThrowsAsync<ProvisionException>(() => _bench.InstallAsync(Named, Token));
        _bench.Host.Trouble.FailWrite = null;
        // Somebody made the disk new in between.
        _bench.Host.Write("sdb", 0, new byte[TestImage.MiB]);
        _bench.Host.Write("sdb", 15 * TestImage.MiB, new byte[TestImage.MiB]);

        await _bench.InstallAsync(Named, Token);

        Assert.Contains(_bench.Entries, e => e is NeutraliseGivenUp { Disk.Serial: "OLD1" });
        Assert.Contains(_bench.Reporter.Notes, n => n == "warning: --neutralise OLD1 had no effect: there is nothing on it to neutralise");
        Assert.IsType<WriteDone>(_bench.Entries[^1]);
    }

    [Fact]
    public async Task A_dry_run_tells_what_would_change_and_that_nothing_else_stops_and_touches_nothing()
    {
        byte[] before = _bench.Disk("sdb");

        var decision = await _bench.PreviewAsync(Named, Token);

        Assert.Equal("NEW1", decision.Plan.Chosen!.Serial);
        Assert.Contains(_bench.Reporter.Notes, n => n.StartsWith("would neutralise the disk with serial OLD1: would rename partition 3 BOOT to old-BOOT", StringComparison.Ordinal));
        Assert.Equal(before, _bench.Disk("sdb"));
        Assert.Equal(0, _bench.Host.Trouble.Writes);
    }

    [Fact]
    public async Task The_plan_of_the_dry_run_covers_neutralising_and_writing()
    {
        var plan = ApprovedPlan.Parse((await _bench.PreviewAsync(Named, Token)).Hash![..12])!;

        await _bench.InstallAsync(Named with { Plan = plan }, Token);

        Assert.IsType<WriteDone>(_bench.Entries[^1]);
    }

    [Theory]
    [InlineData("neutralised")]
    [InlineData("unrelated")]
    public async Task A_disk_that_changed_since_the_plan_was_approved_stops_the_run_before_any_disk_is_touched(string disk)
    {
        var plan = ApprovedPlan.Parse((await _bench.PreviewAsync(Named, Token)).Hash!)!;
        _bench.Host.Write(disk == "unrelated" ? "sdc" : "sdb", disk == "unrelated" ? 0 : 3 * TestImage.MiB, disk == "unrelated" ? new byte[512] : "XFSB"u8);

        var stopped = await Assert.ThrowsAsync<ProvisionException>(() => _bench.InstallAsync(Named with { Plan = plan }, Token));

        Assert.Equal(FailureCode.DiskPlanChanged, stopped.Code);
        Assert.Contains(plan.Digits, stopped.Message, StringComparison.Ordinal);
        Assert.Contains("--plan ", stopped.Remedy!, StringComparison.Ordinal);
        Assert.Equal(0, _bench.Host.Trouble.Writes);
    }

    [Fact]
    public async Task A_disk_that_changes_while_another_is_neutralised_is_not_covered_by_the_plan()
    {
        var plan = ApprovedPlan.Parse((await _bench.PreviewAsync(Named, Token)).Hash!)!;
        _bench.Session.Before = (_, order) =>
        {
            if (order.Contains("\"changes\"", StringComparison.Ordinal)) _bench.Host.Write("sdc", 0, new byte[512]);
        };

        var stopped = await Assert.ThrowsAsync<ProvisionException>(() => _bench.InstallAsync(Named with { Plan = plan }, Token));

        Assert.Equal(FailureCode.DiskPlanChanged, stopped.Code);
        Assert.DoesNotContain(_bench.Entries, e => e is WriteStarting);
    }

    [Fact]
    public async Task A_write_that_was_cut_short_under_the_plan_goes_on_under_it_in_the_next_attempt()
    {
        var plan = ApprovedPlan.Parse((await _bench.PreviewAsync(Named, Token)).Hash![..12])!;
        _bench.Session.Before = (verb, _) =>
        {
            // The writes of the neutralising are over; the fourth of the image fails, and the wiping after it too.
            if (verb == "write") (_bench.Host.Trouble.FailWrite, _bench.Host.Trouble.Lasting) = (_bench.Host.Trouble.Writes + 4, true);
        };
        await Assert.ThrowsAsync<ProvisionException>(() => _bench.InstallAsync(Named with { Plan = plan }, Token));
        Assert.IsType<WipedBytesKept>(_bench.Entries[^1]);
        _bench.Session.Before = null;
        (_bench.Host.Trouble.FailWrite, _bench.Host.Trouble.Lasting) = (null, false);
        // Whatever the cut left there: not what the plan was about.
        _bench.Host.Write("sda", 0, new TestImage().Raw.AsSpan(0, TestImage.MiB));

        await _bench.InstallAsync(Named with { Plan = plan }, Token);

        Assert.IsType<WriteDone>(_bench.Entries[^1]);
        Assert.Contains(_bench.Reporter.Notes, n => n.Contains("was begun by an earlier attempt", StringComparison.Ordinal));
    }

    /// <summary>The recipe stands in the runbook; it is read from there, and run.</summary>
    [Fact]
    public async Task The_recipe_of_the_runbook_gives_the_disk_back_from_the_journal()
    {
        byte[] before = _bench.Disk("sdb");
        await _bench.InstallAsync(Named, Token);
        Assert.NotEqual(before, _bench.Disk("sdb"));
        string recipe = File.ReadLines(Path.Combine(RepositoryRoot(), "runbook.md")).Single(line => line.StartsWith("cut -c18- JOURNAL", StringComparison.Ordinal))
            .Replace("JOURNAL", _bench.JournalPath, StringComparison.Ordinal).Replace("DISK", _bench.Host.PathOf("sdb"), StringComparison.Ordinal)
            .Replace("SERIAL", "OLD1", StringComparison.Ordinal);

        using var shell = Process.Start(new ProcessStartInfo("bash", ["-o", "pipefail", "-c", $"{recipe} > {_bench.PathOf("commands")} && bash -e {_bench.PathOf("commands")}"]) { RedirectStandardError = true })!;
        string error = await shell.StandardError.ReadToEndAsync(Token);
        await shell.WaitForExitAsync(Token);

        Assert.True(shell.ExitCode == 0, error);
        Assert.True(before.AsSpan().SequenceEqual(_bench.Disk("sdb")), "the disk is not as it was");
    }

    public void Dispose() => _bench.Dispose();

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Kronform.Provision.sln"))) folder = folder.Parent ?? throw new InvalidOperationException("not in a checkout");
        return folder.FullName;
    }
}
