using System.Net;
using Kronform.Provision.Cluster;
using Kronform.Provision.Disks.Reports;
using Kronform.Provision.Failures;
using Kronform.Provision.Reports;
using Kronform.Provision.Runs;
using Kronform.Provision.Runs.Acts;
using Kronform.Provision.Servers;
using Kronform.Provision.VirtualRack.Robot;
using Xunit;
using StateFolder = Kronform.Provision.Runs.StateFolder;

namespace Kronform.Provision.Contract.Tests.Robot;

/// <summary>Decision and buttons against Robot and a machine behind it, from the first press to the last word.</summary>
public sealed class ResetLadderTests : IDisposable
{
    private static readonly string[] Ex = ["sw", "hw", "man"];
    private static readonly Observation Foreign = new Observation.ForeignSystem("its SSH host key is an old one");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("reset-ladder-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_system_that_ignores_Ctrl_Alt_Del_is_reset_by_the_button_and_the_rescue_system_boots()
    {
        await using var bench = await RobotBench.StartAsync(change: e => e with { ResetTypes = Ex }, ignoresCtrlAltDel: true);
        await using var run = Begin(bench);

        await run.WatchAsync(Foreign, until: _ => bench.Machine.Running is not null);

        Assert.Equal(["sw", "hw", "linux"], bench.Machine.History);
        var pressed = run.Journal.OfType<ResetPressing>().ToList();
        Assert.Equal([("sw", "a system runs there, and Ctrl+Alt+Del lets it end in good order"), ("hw", "sw at 12:00:00 UTC did not help")], pressed.Select(p => (p.Type, p.Because!)));
        Assert.Equal(Foreign.Evidence, Assert.Single(run.Journal.OfType<ResetInVain>()).Seen);
        // Armed for the first press, and afresh for the second: what is armed long ago has been seen not to boot.
        Assert.Equal(2, bench.Asked.Count(a => a == "POST /boot/321/rescue 200"));
        Assert.True(pressed[1].At - pressed[0].At >= TimeSpan.FromMinutes(2), $"{pressed[0].At} and {pressed[1].At}");
    }

    [Fact]
    public async Task A_system_that_answers_Ctrl_Alt_Del_needs_no_button()
    {
        await using var bench = await RobotBench.StartAsync(change: e => e with { ResetTypes = Ex });
        await using var run = Begin(bench);

        await run.WatchAsync(Foreign, until: _ => bench.Machine.Running is not null);

        Assert.Equal(["sw", "linux"], bench.Machine.History);
    }

    [Fact]
    public async Task A_server_that_nothing_helps_is_left_with_an_account_of_every_rung()
    {
        await using var bench = await RobotBench.StartAsync(change: e => e with { ResetTypes = Ex }, ignoresCtrlAltDel: true);
        await using var run = Begin(bench);
        bench.Faults.Add(new RobotFault(Misbehaviour.Ignored, "POST", "/reset/321"));

        var stop = await run.WatchAsync(Foreign, until: _ => false);

        Assert.Equal(FailureCode.RescueDeadline, stop!.Code);
        Assert.Matches("sw at 12:00:00 UTC .*, then at 12:05:.* UTC: its SSH host key is an old one; hw at 12:05:.* UTC .*; hw at 12:10:.* UTC .*; now, at 12:15:.* UTC: its SSH host key is an old one", stop.Message);
        Assert.Equal(["sw", "hw", "hw"], run.Journal.OfType<ResetPressing>().Select(p => p.Type));
    }

    [Fact]
    public async Task A_server_that_is_off_is_switched_on()
    {
        await using var bench = await RobotBench.StartAsync();
        bench.Machine.PoweredOn = false;
        await using var run = Begin(bench);

        await run.WatchAsync(new Observation.Silent("nothing answers"), until: _ => bench.Machine.Running is not null);

        Assert.Equal(["power", "linux"], bench.Machine.History);
    }

    [Fact]
    public async Task A_rescue_system_that_does_not_go_down_is_pressed_onto_its_disk_also_when_somebody_armed_it_again()
    {
        await using var bench = await RobotBench.StartAsync(change: e => e with { ResetTypes = Ex }, ignoresCtrlAltDel: true);
        await using var run = Begin(bench);
        await bench.ArmAsync();
        var stuck = new Observation.Rescue("boot-1", "proven");
        run.Context.Append(new RebootAsking("boot-1"));

        foreach (int _ in Enumerable.Range(0, 2))
            await bench.Run(c => ResetButton.PressForDiskAsync(run.Context, "it still runs", stuck, c));

        Assert.Equal(["sw", "hw", "disk"], bench.Machine.History);
        Assert.Equal([("sw", "disk"), ("hw", "disk")], run.Journal.OfType<ResetPressing>().Select(p => (p.Type, p.Purpose)));
        Assert.Single(bench.Asked, a => a == "DELETE /boot/321/rescue 200");
    }

    [Fact]
    public async Task A_press_that_Robot_refuses_counts_for_nothing_and_leaves_nothing_armed()
    {
        await using var bench = await RobotBench.StartAsync();
        await using var run = Begin(bench);
        bench.Faults.Add(new RobotFault(Misbehaviour.ManualResetActive, "POST", "/reset/321"));

        var failure = await Assert.ThrowsAsync<RobotException>(() => run.WatchAsync(Foreign, until: _ => false));

        Assert.Equal(RobotCodes.ResetManualActive, failure.RobotCode);
        Assert.Equal((0, null), (run.Context.Record.Resets, run.Context.Record.LastReset));
        Assert.Contains("RESET_MANUAL_ACTIVE", Assert.Single(run.Journal.OfType<ResetRefused>()).Because, StringComparison.Ordinal);
        Assert.False((await bench.Run(c => bench.Client.GetRescueAsync(RobotBench.N4, c))).Active);
    }

    [Fact]
    public async Task An_arming_whose_answers_are_all_lost_leaves_nothing_armed()
    {
        await using var bench = await RobotBench.StartAsync();
        await using var run = Begin(bench);
        bench.Faults.Add(new RobotFault(Misbehaviour.ReplyLost, "POST", "/boot/321/rescue"));

        await Assert.ThrowsAsync<RobotException>(() => run.WatchAsync(Foreign, until: _ => false));

        Assert.Empty(run.Journal.OfType<ResetPressing>());
        Assert.False((await bench.Run(c => bench.Client.GetRescueAsync(RobotBench.N4, c))).Active);
    }

    [Fact]
    public async Task What_a_killed_run_left_armed_is_disarmed_by_the_next_one_that_does_not_need_it()
    {
        await using var bench = await RobotBench.StartAsync();
        await using var run = Begin(bench);
        run.Context.Append(new RescueArming(null));
        await bench.ArmAsync();

        await bench.Run(c => RescueEntry.DisarmLeftAsync(run.Context, c));

        Assert.False((await bench.Run(c => bench.Client.GetRescueAsync(RobotBench.N4, c))).Active);
    }

    [Fact]
    public async Task What_somebody_else_armed_stays_armed()
    {
        await using var bench = await RobotBench.StartAsync();
        await using var run = Begin(bench);
        await bench.ArmAsync();

        await bench.Run(c => RescueEntry.DisarmLeftAsync(run.Context, c));

        Assert.True((await bench.Run(c => bench.Client.GetRescueAsync(RobotBench.N4, c))).Active);
    }

    private LadderRun Begin(RobotBench bench)
    {
        string file = Path.Combine(_folder.FullName, "provision.yaml");
        File.WriteAllText(Path.Combine(_folder.FullName, "id"), "");
        File.WriteAllText(Path.Combine(_folder.FullName, "id.pub"), RobotBench.Key.Line);
        File.WriteAllText(Path.Combine(_folder.FullName, "n4.yaml"), "");
        File.WriteAllText(file, $$"""
            cluster: { name: bench, endpoint: "https://192.0.2.74:6443", talosVersion: v1.13.9 }
            robot: { url: "{{bench.Emulator.BaseUrl}}", username: { env: BENCH_HAS_NO_ROBOT }, password: { env: BENCH_HAS_NO_ROBOT } }
            ssh: { privateKey: id }
            image: { url: "https://127.0.0.1/metal.raw.zst", sha256: {{new string('a', 64)}} }
            nodes:
              n4: { server: 321, role: controlplane, config: n4.yaml, bootstrap: true }

            """);
        var cluster = ClusterFile.Load(file);
        var state = new StateFolder(Path.Combine(_folder.FullName, "state"));
        var journal = JournalFile.Open(Path.Combine(state.Node("n4"), "run.journal"), bench.Time);
        journal.Append(new RunStarted("n4", 321, new string('a', 64), "nonce"));
        var services = new RunServices(cluster, bench.Client, null!, null!, null!, null!, state, new Quiet(), bench.Time, bench.Log);
        var context = new NodeContext(services, cluster.FindNode("n4"), null!, IPAddress.Parse("192.0.2.74"), new RunOptions { AllowReset = true }, journal, new PhaseClock(bench.Time));
        return new LadderRun(bench, context, journal);
    }

    /// <summary>The part of a run that waits for the rescue system, with what it sees given.</summary>
    private sealed class LadderRun(RobotBench bench, NodeContext context, JournalFile journal) : IAsyncDisposable
    {
        public NodeContext Context => context;

        /// <summary>Between two tries of a call; the limit of a last disarming is longer and does not fire.</summary>
        private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(16);

        public IReadOnlyList<JournalEntry> Journal => journal.Entries;

        /// <summary>The decision to stop, or null when the machine did what it was watched for.</summary>
        public async Task<NextAction.Stop?> WatchAsync(Observation observation, Func<NodeContext, bool> until)
        {
            var began = context.Now;
            while (!until(context))
            {
                Assert.True(context.Now - began < TimeSpan.FromHours(1), $"an hour went by, with {string.Join(", ", Journal)}");
                switch (Decision.Next(context.Node, context.Record, observation, context.Options.Limits, new Circumstances(context.Now, began, began, AllowReset: true, KnownNode: false)))
                {
                    case NextAction.EnterRescue enter:
                        await bench.Time.RunAsync(RescueEntry.RunAsync(context, enter.Because, observation, TestContext.Current.CancellationToken), LongestPause, TestContext.Current.CancellationToken);
                        break;
                    case NextAction.Stop stop:
                        return stop;
                    default:
                        bench.Time.Advance(TimeSpan.FromSeconds(5));
                        break;
                }
            }

            return null;
        }

        public ValueTask DisposeAsync()
        {
            journal.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Quiet : IRunReporter
    {
        public void PhaseStarted(string node, RunPhase phase, string text)
        {
        }

        public void Note(string node, string text)
        {
        }

        public void Status(string node, string text, long? done = null, long? total = null)
        {
        }

        public void Disks(string node, DiskReport report)
        {
        }

        public void Finished(NodeResult result)
        {
        }
    }
}
