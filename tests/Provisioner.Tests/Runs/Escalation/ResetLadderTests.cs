using Kronform.Provision.Runs;
using Kronform.Provision.Runs.Escalation;
using Kronform.Provision.Servers;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs.Escalation;

/// <summary>Which button, as a table: what Robot offers and says, what runs there, what was pressed in vain.</summary>
public sealed class ResetLadderTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 21, 3, 12, 5, TimeSpan.Zero);
    private const string Ex = "sw hw man", Ax = "power power_long hw man", All = "sw power power_long hw man";

    [Theory]
    // The mild button, where somebody answers it.
    [InlineData(Ex, "running", Occupant.ForeignSystem, "", "sw")]
    [InlineData(Ex, "not supported", Occupant.RescueSystem, "", "sw")]
    [InlineData(Ex, null, Occupant.Kernel, "", "sw")]
    // Nobody would answer it.
    [InlineData(Ex, "running", Occupant.NobodyKnown, "", "hw")]
    [InlineData(Ex, "running", Occupant.TalosMaintenance, "", "hw")]
    // Not offered.
    [InlineData(Ax, "running", Occupant.ForeignSystem, "", "hw")]
    [InlineData(Ax, "running", Occupant.RescueSystem, "", "hw")]
    // Never one down again, and never the mild one twice.
    [InlineData(Ex, "running", Occupant.ForeignSystem, "sw", "hw")]
    [InlineData(Ex, "running", Occupant.NobodyKnown, "sw", "hw")]
    [InlineData(Ex, "running", Occupant.ForeignSystem, "sw hw", "hw")]
    [InlineData(Ex, "running", Occupant.ForeignSystem, "hw", "hw")]
    [InlineData(All, "running", Occupant.ForeignSystem, "power", "hw")]
    // Off: only the power button is known to start it.
    [InlineData(Ax, "shut off", Occupant.NobodyKnown, "", "power")]
    [InlineData(All, "shut off", Occupant.NobodyKnown, "hw", "power")]
    [InlineData(Ax, "shut off", Occupant.NobodyKnown, "power", "hw")]
    [InlineData(Ex, "shut off", Occupant.NobodyKnown, "", "hw")]
    [InlineData(Ex, "shut off", Occupant.Kernel, "", "hw")]
    // Nothing that may be pressed: man is a technician's walk, power_long leaves the machine off.
    [InlineData("man", "running", Occupant.NobodyKnown, "", null)]
    [InlineData("power power_long man", "running", Occupant.ForeignSystem, "", null)]
    [InlineData("", null, Occupant.NobodyKnown, "", null)]
    public void The_mildest_button_that_can_work_is_pressed(string offered, string? status, Occupant occupant, string inVain, string? expected)
    {
        var rung = ResetLadder.Choose(Options(offered, status), [.. Words(inVain).Select(Pressed)], occupant);

        Assert.Equal(expected, rung.Type);
    }

    [Fact]
    public void A_technician_is_never_sent_and_a_machine_never_switched_off()
    {
        string[] types = ["sw", "hw", "power", "power_long", "man"];
        for (int offered = 0; offered < 32; offered++)
        foreach (string? status in new[] { "running", "shut off", "not supported", null })
        foreach (var occupant in Enum.GetValues<Occupant>())
        foreach (string inVain in new[] { "", "sw", "hw", "power", "sw hw", "power hw" })
        {
            var options = Options(string.Join(' ', types.Where((_, i) => (offered & 1 << i) != 0)), status);
            var rung = ResetLadder.Choose(options, [.. Words(inVain).Select(Pressed)], occupant);
            Assert.True(rung.Type is null or "sw" or "hw" or "power" && (rung.Type is null || options.Offers(rung.Type)), $"{options} led to {rung}");
            // The power button ends what runs.
            Assert.True(rung.Type != "power" || options.IsShutOff, $"{options} led to {rung}");
            Assert.NotEqual("", rung.Because);
        }
    }

    [Theory]
    [InlineData(Ex, "running", Occupant.ForeignSystem, "", "a system runs there, and Ctrl+Alt+Del lets it end in good order")]
    [InlineData(Ex, "running", Occupant.ForeignSystem, "sw", "sw at 03:12:05 UTC did not help")]
    [InlineData(Ax, "running", Occupant.Kernel, "", "something runs there that refuses connections, and Robot offers no sw (Ctrl+Alt+Del) for this server")]
    [InlineData(Ex, "running", Occupant.NobodyKnown, "", "nothing is known to run there that would answer Ctrl+Alt+Del")]
    [InlineData(Ax, "shut off", Occupant.NobodyKnown, "", "Robot says that the server is shut off, and hw is not known to start one")]
    [InlineData("man", "running", Occupant.NobodyKnown, "", "Robot offers man for this server, and none of that may be pressed here")]
    public void The_reason_is_told(string offered, string status, Occupant occupant, string inVain, string expected) =>
        Assert.Equal(expected, ResetLadder.Choose(Options(offered, status), [.. Words(inVain).Select(Pressed)], occupant).Because);

    [Fact]
    public void Who_runs_there_is_told_by_what_was_seen()
    {
        Assert.Equal(Occupant.NobodyKnown, Occupants.Of(new Observation.Silent("no answer")));
        Assert.Equal(Occupant.Kernel, Occupants.Of(new Observation.Silent("refused") { Refuses = true }));
        Assert.Equal(Occupant.ForeignSystem, Occupants.Of(new Observation.ForeignSystem("ssh")));
        Assert.Equal(Occupant.RescueSystem, Occupants.Of(new Observation.RescueOfOthers(false, "denied")));
        Assert.Equal(Occupant.RescueSystem, Occupants.Of(new Observation.Rescue("boot-1", "proven")));
        Assert.Equal(Occupant.TalosMaintenance, Occupants.Of(new Observation.Maintenance(false, "no nonce")));
    }

    [Fact]
    public void The_history_tells_each_rung_with_its_time_and_what_was_seen_then()
    {
        var record = RunRecord.From(
        [
            new RunStarted("n4", 321, "ab", "cd") { At = At },
            new ResetPressing("sw", "rescue", "a system runs there") { At = At },
            new ResetInVain("its host key is old") { At = At.AddMinutes(5) },
            new ResetPressing("hw", "rescue", "sw did not help") { At = At.AddMinutes(5) },
        ]);

        Assert.Equal(
            "sw at 03:12:05 UTC (a system runs there), then at 03:17:05 UTC: its host key is old; hw at 03:17:05 UTC (sw did not help); now, at 03:25:05 UTC: nothing answers",
            PressHistory.Of(record, null, "nothing answers", At.AddMinutes(13)));
        Assert.StartsWith("reboot asked for over SSH 2 times, last at 03:12:05 UTC; sw at", PressHistory.Of(record, new RebootRecord("b", At, 2) { Asked = 2 }, "still", At), StringComparison.Ordinal);
    }

    [Fact]
    public void A_press_that_never_was_does_not_count()
    {
        var pressed = RunRecord.From([new RunStarted("n4", 321, "ab", "cd"), new ResetPressing("sw", "rescue") { At = At }, new ResetPressed()]);
        var refused = pressed.After(new ResetPressing("hw", "rescue")).After(new ResetRefused("a manual reset is pending"));

        Assert.Equal((1, "sw"), (refused.Resets, refused.LastReset!.Type));
        Assert.Equal(["sw"], refused.Presses.Select(p => p.Type));
    }

    [Fact]
    public void What_was_reached_ends_the_ladder_and_a_new_attempt_begins_at_its_foot()
    {
        var pressed = RunRecord.From([new RunStarted("n4", 321, "ab", "cd"), new ResetPressing("sw", "rescue"), new ResetPressed()]);

        Assert.Single(pressed.After(new AttemptStarted(7)).Presses);
        Assert.Single(pressed.After(new AttemptEnded("run.cancelled")).Presses);
        Assert.Empty(pressed.After(new RescueProven("b", [], null)).Presses);
        Assert.Empty(pressed.After(new AttemptEnded("rescue.deadline")).Presses);

        var asked = pressed.After(new RebootAsking("b")).After(new RebootAsking("b"));
        Assert.Equal((2, 2), (asked.Reboot!.Count, asked.Reboot.Asked));
        Assert.Equal((3, 1), (asked.After(new RebootAsking("c")).Reboot!.Count, asked.After(new RebootAsking("c")).Reboot!.Asked));
        Assert.Equal(1, asked.After(new AttemptEnded("boot.deadline")).After(new RebootAsking("b")).Reboot!.Asked);
    }

    private static ResetOptions Options(string offered, string? status) => new(321, Words(offered), status);

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static ResetRecord Pressed(string type) => new(type, "rescue", At, Settled: false);
}
