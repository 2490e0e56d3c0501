using Kronform.Provision.Agent.Events;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Agent.Watching;
using Kronform.Provision.Protocol;
using Kronform.Provision.Testing;

namespace Kronform.Provision.Agent.Tests.Watching;

/// <summary>Whole runs in which something stops moving.</summary>
public sealed class StallTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(AgentSteps.Wipe, DiskStates.Unknown)]
    [InlineData(AgentSteps.Write, DiskStates.WithoutTable)]
    [InlineData(AgentSteps.ReadBack, DiskStates.WithoutTable)]
    [InlineData(AgentSteps.Commit, DiskStates.Unknown)]
    public async Task A_disk_that_never_answers_is_named_after_10_s_and_given_up_after_120(string step, string state)
    {
        using var rig = new WriteRig();
        using var stuck = new StuckDisk();
        var time = new ManualTime();
        using var input = new TestInput(AgentRun.Line(await rig.OrderAsync(Token)), rig.File);
        LiveRun? live = null;
        stuck.Arm(rig.Host.Trouble, () => live?.HasBegun(step) == true);
        live = LiveRun.Write(rig.Host, time, input, Token);
        await live.UntilAsync(() => stuck.Count > 0, () => "no request is stuck", Token);

        time.Advance(TimeSpan.FromSeconds(9));
        Assert.Empty(live.Warnings);
        rig.Host.KernelWords.Enqueue("ata1.00: exception Emask 0x0 SAct 0x30 SErr 0x0 action 0x6 frozen");
        rig.Host.KernelWords.Enqueue("ata2: SATA link up");
        time.Advance(TimeSpan.FromSeconds(2));
        var warning = Assert.Single(live.Warnings);
        Assert.StartsWith("Nothing moves: sda has not answered a ", warning);
        Assert.EndsWith("the kernel says: ata1.00: exception Emask 0x0 SAct 0x30 SErr 0x0 action 0x6 frozen", warning);
        time.Advance(TimeSpan.FromSeconds(100));
        Assert.Single(live.Warnings);

        var run = await live.EndAsync(Token);

        Assert.Equal((AgentFailureCodes.DiskStalled, state, 1), (run.Failed.Code, run.Failed.DiskState, run.ExitCode));
        Assert.Contains("sda has not answered", run.Failed.Message);
        Assert.Contains("ata1.00", Assert.Single(run.Failed.Causes));
        Assert.True(stuck.Count > 0 && !stuck.Released, "the end came only because the disk answered");
        if (step is AgentSteps.ReadBack or AgentSteps.Commit) Assert.IsType<AgentRates>(run.Events[^2]);
        if (step != AgentSteps.Wipe) Assert.True(rig.FirstMiBIsZero);
    }

    [Fact]
    public async Task A_disk_that_answers_after_all_costs_nothing_but_a_warning()
    {
        using var rig = new WriteRig();
        using var stuck = new StuckDisk();
        var time = new ManualTime();
        using var input = new TestInput(AgentRun.Line(await rig.OrderAsync(Token)), rig.File);
        LiveRun? live = null;
        stuck.Arm(rig.Host.Trouble, () => live?.HasBegun(AgentSteps.Write) == true);
        live = LiveRun.Write(rig.Host, time, input, Token);
        await live.UntilAsync(() => stuck.Count > 0, () => "no request is stuck", Token);

        time.Advance(TimeSpan.FromSeconds(100));
        stuck.Release();
        var run = await live.EndByItselfAsync(Token);

        var written = run.Terminal<ImageWritten>();
        Assert.Single(live.Warnings, warning => warning.StartsWith("Nothing moves: sda", StringComparison.Ordinal));
        Assert.Equal([AgentSteps.Write, AgentSteps.ReadBack], written.Rates.Select(rate => rate.Step));
        Assert.True(written.Rates[0].BytesPerSecond.Count >= 100, $"{written.Rates[0].BytesPerSecond.Count} values");
        Assert.True(rig.Disk.AsSpan(0, rig.Image.Raw.Length).SequenceEqual(rig.Image.Expected()));
    }

    [Fact]
    public async Task A_run_that_is_cancelled_while_the_disk_hangs_says_so_and_ends()
    {
        using var rig = new WriteRig();
        using var stuck = new StuckDisk();
        using var signal = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var time = new ManualTime();
        using var input = new TestInput(AgentRun.Line(await rig.OrderAsync(Token)), rig.File);
        LiveRun? live = null;
        stuck.Arm(rig.Host.Trouble, () => live?.HasBegun(AgentSteps.Write) == true);
        live = LiveRun.Write(rig.Host, time, input, signal.Token);
        await live.UntilAsync(() => stuck.Count > 0, () => "no request is stuck", Token);

        await signal.CancelAsync();
        time.Advance(StallWatch.EndLimit - TimeSpan.FromSeconds(1));
        Assert.DoesNotContain(live.Events, line => line.IsTerminal);
        time.Advance(TimeSpan.FromSeconds(1));
        var run = await live.EndByItselfAsync(Token);

        Assert.Equal((AgentFailureCodes.Cancelled, DiskStates.WithoutTable), (run.Failed.Code, run.Failed.DiskState));
        Assert.Contains("sda has not answered", run.Failed.Message);
        Assert.False(stuck.Released);
    }

    [Fact]
    public async Task A_silent_standard_input_is_named_after_10_s_and_given_up_after_60()
    {
        using var rig = new WriteRig();
        var time = new ManualTime();
        // Ends within the third block, so that the disk has nothing to do once it has the first.
        const int came = 2_400_000;
        using var input = new TestInput(AgentRun.Line(await rig.OrderAsync(Token)), rig.File[..came]);
        using var live = LiveRun.Write(rig.Host, time, input, Token);
        await live.UntilAsync(() => input.IsDry && live.HasBegun(AgentSteps.Write)
                && rig.Host.Read("sda", TestImage.MiB, 2 * TestImage.MiB).AsSpan().SequenceEqual(rig.Image.Raw.AsSpan(TestImage.MiB, 2 * TestImage.MiB)),
            () => "not everything that came is written", Token);

        time.Advance(TimeSpan.FromSeconds(9));
        Assert.Empty(live.Warnings);
        time.Advance(TimeSpan.FromSeconds(50));
        Assert.Contains("no byte of the image has come for 10 s", Assert.Single(live.Warnings));
        time.Advance(TimeSpan.FromSeconds(1));
        var run = await live.EndByItselfAsync(Token);

        Assert.Equal((AgentFailureCodes.ImageUnavailable, DiskStates.WithoutTable), (run.Failed.Code, run.Failed.DiskState));
        Assert.Contains($"for 60 s, after {came} bytes", run.Failed.Message);
        Assert.Single(live.Warnings);
        Assert.IsType<AgentRates>(run.Events[^2]);
        Assert.True(rig.FirstMiBIsZero);
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_asked_again_and_continues()
    {
        using var rig = new WriteRig();
        var time = new ManualTime();
        await using var server = new ImageServer(asked => asked.Number == 1 ? ImageServer.Cut(rig.File, asked, 700_000, Ending.Hold) : ImageServer.Good(rig.File, asked));
        var order = await rig.OrderAsync(Token);
        using var input = new TestInput(AgentRun.Line(order with { Image = order.Image with { Kind = "http", Url = server.Url } }));
        using var live = LiveRun.Write(rig.Host, time, input, Token);
        await live.UntilAsync(() => live.HasBegun(AgentSteps.Wipe) || server.Requests.Count > 0, () => "not asked", Token);

        // The clock moves only while nothing has been asked again: the second answer is real input and output.
        await live.UntilAsync(() =>
        {
            if (server.Requests.Count < 2) time.Advance(TimeSpan.FromMilliseconds(200));
            return server.Requests.Count == 2;
        }, () => "not asked again", Token);
        await live.UntilAsync(() => live.Events[^1].IsTerminal, () => "not ended", Token);

        Assert.IsType<ImageWritten>(live.Events[^1]);
        Assert.InRange(server.Requests[1].From ?? 0, 1, 700_000);
        Assert.Contains(live.Warnings, warning => warning.Contains("nothing came for 30 s; asking again"));
    }

    [Fact]
    public async Task A_server_that_stays_silent_is_given_up_after_its_attempts()
    {
        using var rig = new WriteRig();
        var time = new ManualTime();
        await using var server = new ImageServer(asked => ImageServer.Cut(rig.File, asked, asked.Number == 1 ? 700_000 : 0, Ending.Hold));
        var order = await rig.OrderAsync(Token);
        using var input = new TestInput(AgentRun.Line(order with { Image = order.Image with { Kind = "http", Url = server.Url } }));
        using var live = LiveRun.Write(rig.Host, time, input, Token);

        var run = await live.EndAsync(Token);

        Assert.Equal(AgentFailureCodes.ImageUnavailable, run.Failed.Code);
        Assert.Contains("5 attempts in a row", run.Failed.Message);
        Assert.True(run.Failed.DiskState == DiskStates.Untouched || rig.FirstMiBIsZero);
    }

    [Fact]
    public async Task Events_that_nobody_reads_hold_the_run_up_and_are_told_of_when_somebody_does()
    {
        using var rig = new WriteRig();
        var time = new ManualTime();
        using var input = new TestInput(AgentRun.Line(await rig.OrderAsync(Token)), rig.File);
        using var live = LiveRun.Write(rig.Host, time, input, Token);
        using var reading = live.StopReadingAt(AgentSteps.Hold);
        await live.UntilAsync(() => live.HasBegun(AgentSteps.Hold), () => "not there", Token);

        time.Advance(TimeSpan.FromSeconds(300));
        Assert.Empty(live.Warnings);
        reading.Set();
        // The next look of the watch, before the run goes on to its end.
        await live.UntilAsync(() => live.HasBegun(AgentSteps.Wipe), () => "it does not go on", Token);
        time.Advance(TimeSpan.FromSeconds(1));
        var run = await live.EndByItselfAsync(Token);

        Assert.True(run.Last is ImageWritten, ProtocolJson.ToLine(run.Last));
        Assert.True(live.Warnings.All(warning => warning == "Goes on; nobody has read the agent's events for 300 s"), string.Join('\n', live.Warnings));
    }

    [Fact]
    public void A_disk_that_answers_slowly_is_called_slow_once_and_never_given_up()
    {
        using var host = new FakeHost();
        var time = new ManualTime();
        using var output = new MemoryStream();
        var (vitals, events) = (new Vitals(time), new EventStream(output, time, () => { }));
        using var watch = new StallWatch(vitals, events, host.World(time), () => Assert.Fail("given up"), Token);

        var older = vitals.Begin("sda", "write", 0, 4 << 20);
        for (var request = 1; request < 200; request++)
        {
            time.Advance(TimeSpan.FromSeconds(4));
            var newer = vitals.Begin("sda", "write", request * (4L << 20), 4 << 20);
            time.Advance(TimeSpan.FromSeconds(1));
            older.Dispose();
            older = newer;
        }

        Assert.Null(watch.Verdict);
        var said = System.Text.Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("sda is slow: 0.8 MB/s", Assert.Single(said));
    }

    /// <summary>Requests that do not come back, as in a disk that the kernel still waits for.</summary>
    private sealed class StuckDisk : IDisposable
    {
        private readonly ManualResetEventSlim _answer = new();
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public bool Released => _answer.IsSet;

        public void Arm(Trouble trouble, Func<bool> when)
        {
            void Hang()
            {
                if (!when()) return;
                Interlocked.Increment(ref _count);
                _answer.Wait();
            }

            trouble.BeforeWrite = _ => Hang();
            trouble.BeforeRead = Hang;
        }

        public void Release() => _answer.Set();

        // What was left behind must not hang in the test process for ever. The event is not disposed of: threads still look at it.
        public void Dispose() => Release();
    }
}
