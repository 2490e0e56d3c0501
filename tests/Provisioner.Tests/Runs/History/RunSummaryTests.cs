using Kronform.Provision.Protocol;
using Kronform.Provision.Runs;
using Kronform.Provision.Runs.History;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs.History;

public sealed class RunSummaryTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);
    private static readonly RunStarted Started = new("n4", 321, new string('a', 64), "nonce-nobody-is-to-see");
    private static readonly AttemptStarted Attempt = new(77);

    public static TheoryData<JournalEntry[], bool, RunState, string?, bool> Ends { get; } = new()
    {
        { [Started], false, RunState.Interrupted, null, true },
        { [Started, Attempt], true, RunState.UnderWay, null, false },
        { [Started, Attempt, new ResetPressing("hw", "rescue")], false, RunState.Interrupted, null, true },
        { [Started, Attempt, new AttemptEnded("rescue.deadline")], false, RunState.Failed, "rescue.deadline", true },
        { [Started, Attempt, new AttemptEnded("rescue.deadline")], true, RunState.Failed, "rescue.deadline", true },
        { [Started, Attempt, new AttemptEnded("run.cancelled")], false, RunState.Cancelled, null, true },
        { [Started, Attempt, new AttemptEnded("disk.guarded"), Attempt], false, RunState.Interrupted, null, true },
        { [Started, Attempt, new AttemptEnded("disk.guarded"), Attempt], true, RunState.UnderWay, null, false },
        { [Started, Attempt, new NodeHealthy(), new AttemptEnded("ok")], false, RunState.Healthy, null, false },
        { [Started, Attempt, new NodeHealthy()], true, RunState.Healthy, null, false },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public void A_run_is_what_its_newest_attempt_made_of_it(JournalEntry[] entries, bool lives, RunState state, string? code, bool resumable)
    {
        var run = RunSummary.Of("n4", "id", Stamped(entries), _ => lives);
        Assert.Equal((state, code, resumable), (run.State, run.Code, run.CanBeResumed));
    }

    [Fact]
    public void What_was_done_last_is_said_and_not_that_an_attempt_ended()
    {
        var run = RunSummary.Of("n4", "id", Stamped([Started, Attempt, new ResetPressing("hw", "rescue"), new AttemptEnded("rescue.deadline"), Attempt, new ResetPressing("hw", "disk")]), _ => false);
        Assert.Equal((2, 2, "pressing reset \"hw\" to boot the disk"), (run.Attempts, run.Resets, run.Last));
        Assert.Equal((Start, Start.AddSeconds(5)), (run.StartedAt, run.LastAt));
    }

    [Fact]
    public void No_form_of_a_run_shows_its_nonce_and_every_kind_of_entry_has_words()
    {
        var entries = Stamped([Started, Attempt with { AllowDataLoss = ["S1"], Plan = "0123456789abcdef" }, .. EveryKind()]);
        var run = new JournalledRun(RunSummary.Of("n4", "id", entries, _ => false), "/state/n4/id.journal", entries);
        string[] lines = [.. RunText.Lines(run), .. RunText.ToJson(run), .. RunText.Lines([run.Summary]), RunText.ToJson(run.Summary)];
        Assert.DoesNotContain(lines, line => line.Contains("nonce", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith("attempt began with --allow-data-loss S1 --plan 0123456789ab", StringComparison.Ordinal));
        foreach (var entry in entries) Assert.NotEqual(System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(entry.GetType().Name), EntryText.Of(entry));
    }

    /// <summary>One of each that the journal knows, so that a new one without words is noticed.</summary>
    private static JournalEntry[] EveryKind()
    {
        var disk = new DiskIdentity("S1", null, 512);
        JournalEntry[] all =
        [
            new AttemptEnded("ok"), new RescueArming("2026-11-21 01:00:00"), new ResetPressing("hw", "rescue"), new ResetPressed(), new ResetRefused("pending"), new ResetInVain("silent"), new RescueProven("b", ["m"], "u"),
            new DataLossAllowed("S1"), new NeutraliseStarting(disk, "h", []), new NeutraliseDone(disk), new NeutraliseGivenUp(disk, "gone"), new PlanSucceeded("p", "q"),
            new WriteStarting(disk, "p"), new WriteRejoined("w1"), new WipedBytesKept(disk, "f", 1, 2), new WriteDone(disk, 1048576, "d"), new WrittenImageLost("differs"), new RebootAsking("b"),
            new MaintenanceProven(), new ConfigSending("c"), new ConfigAccepted(), new BootstrapAsking(), new BootstrapDone("accepted"), new NodeHealthy(),
        ];
        var known = typeof(JournalEntry).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(JournalEntry)) && t != typeof(RunStarted) && t != typeof(AttemptStarted));
        Assert.Equal(known.Select(t => t.Name).Order(StringComparer.Ordinal), all.Select(e => e.GetType().Name).Order(StringComparer.Ordinal));
        return all;
    }

    private static List<JournalEntry> Stamped(JournalEntry[] entries) => [.. entries.Select((e, i) => e with { At = Start.AddSeconds(i) })];
}
