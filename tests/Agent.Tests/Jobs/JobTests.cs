using Kronform.Provision.Agent.Jobs;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Jobs;

/// <summary>Orders that go on without whoever gave them.</summary>
public sealed class JobTests : IAsyncDisposable
{
    private readonly JobBench _bench = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_says_to_its_starter_what_a_run_with_a_connection_says()
    {
        var started = await StartPushAsync("one");

        var written = Assert.IsType<ImageWritten>(await started.EndAsync());

        Assert.Equal(Enumerable.Range(1, started.Events.Count), started.Numbers);
        Assert.Equal(_bench.Log("one").Select(ProtocolJson.ToLine), started.Events.Select(ProtocolJson.ToLine));
        Assert.True(_bench.Rig.Disk.AsSpan(0, (int)written.WrittenBytes).SequenceEqual(_bench.Rig.Image.Expected()));
    }

    [Fact]
    public async Task A_pulled_image_is_written_to_its_end_after_the_link_is_gone_and_whoever_comes_back_misses_nothing()
    {
        await using var server = new ImageServer(asked => ImageServer.Good(_bench.Rig.File, asked));
        using var go = _bench.HoldIn(AgentSteps.Write);
        var first = _bench.Call(new TestInput(AgentRun.Line(await PulledAsync(server))), "start", "one", "write");
        await first.UntilStepAsync(AgentSteps.Write);
        await first.CutAsync();
        var heard = first.Events[^1].Index;
        Assert.DoesNotContain(first.Events, said => said.IsTerminal);

        var second = _bench.Attach("one", heard);
        go.Set();

        Assert.IsType<ImageWritten>(await second.EndAsync());
        Assert.Equal(Enumerable.Range(1, _bench.Log("one").Count), [.. first.Numbers, .. second.Numbers]);
        Assert.True(_bench.Rig.Disk.AsSpan(0, _bench.Rig.Image.Raw.Length).SequenceEqual(_bench.Rig.Image.Expected()));
    }

    [Fact]
    public async Task A_pushed_image_that_breaks_off_with_its_link_leaves_the_disk_without_a_table()
    {
        var order = await _bench.Rig.OrderAsync(Token);
        var first = _bench.Call(new TestInput(AgentRun.Line(order), _bench.Rig.File[..(_bench.Rig.File.Length * 9 / 10)]), "start", "one", "write");
        await first.UntilStepAsync(AgentSteps.Write);

        await first.CutAsync();

        var failed = Assert.IsType<AgentFailed>(await _bench.Attach("one").EndAsync());
        Assert.Equal((AgentFailureCodes.ImageUnavailable, DiskStates.WithoutTable), (failed.Code, failed.DiskState));
        Assert.True(_bench.Rig.FirstMiBIsZero);
    }

    [Fact]
    public async Task A_pushed_image_that_is_there_whole_needs_its_link_no_more()
    {
        using var go = _bench.HoldIn(AgentSteps.ReadBack);
        var first = await StartPushAsync("one");
        await first.UntilStepAsync(AgentSteps.ReadBack);
        await first.CutAsync();
        go.Set();

        Assert.IsType<ImageWritten>(await _bench.Attach("one").EndAsync());
    }

    [Fact]
    public async Task What_will_be_wiped_is_told_again_to_whoever_comes_back_and_only_the_answer_lets_it_go()
    {
        await using var server = new ImageServer(asked => ImageServer.Good(_bench.Rig.File, asked));
        var order = (await PulledAsync(server)) with { SaveFirst = true };
        var first = _bench.Call(new TestInput(AgentRun.Line(order)), "start", "one", "write");
        await first.UntilAsync(events => events.Any(said => said is SavingDone));
        await first.CutAsync();
        Assert.True(_bench.Rig.FirstMiBIsOld);

        var second = _bench.Call(new TestInput("saved\n"u8.ToArray()), "attach", "one", "0", "send");

        Assert.IsType<ImageWritten>(await second.EndAsync());
        Assert.Equal(first.Events.OfType<BytesSaved>().Select(ProtocolJson.ToLine), second.Events.OfType<BytesSaved>().Select(ProtocolJson.ToLine));
        Assert.NotEmpty(second.Events.OfType<BytesSaved>());
    }

    [Fact]
    public async Task Several_may_listen_and_each_hears_one_terminal_event()
    {
        using var go = _bench.HoldIn(AgentSteps.Write);
        var first = await StartPushAsync("one");
        await first.UntilStepAsync(AgentSteps.Write);
        var others = new[] { _bench.Attach("one"), _bench.Attach("one", 3), _bench.Attach("one", 1_000_000) };
        go.Set();

        Assert.IsType<ImageWritten>(await first.EndAsync());
        foreach (var other in others) Assert.IsType<ImageWritten>(await other.EndAsync());
        Assert.Equal(first.Numbers, others[0].Numbers);
        Assert.Equal(first.Numbers.Skip(3), others[1].Numbers);
        Assert.Single(others[2].Events);
    }

    [Fact]
    public async Task A_second_job_is_refused_by_the_name_of_the_first_and_the_disk_stays_as_it_is()
    {
        using var go = _bench.HoldIn(AgentSteps.Write);
        var first = await StartPushAsync("one");
        await first.UntilStepAsync(AgentSteps.Write);

        var refused = Assert.IsType<AgentFailed>(await (await StartPushAsync("two")).EndAsync());

        Assert.Equal((AgentFailureCodes.Busy, DiskStates.Untouched), (refused.Code, refused.DiskState));
        Assert.Contains("one", refused.Message);
        Assert.False(_bench.Folder("two").Exists);
        go.Set();
        Assert.IsType<ImageWritten>(await first.EndAsync());
    }

    [Fact]
    public async Task The_next_job_may_begin_as_soon_as_the_last_word_of_the_one_before_was_heard()
    {
        for (var number = 1; number <= 6; number++)
        {
            var order = await _bench.Rig.OrderAsync(Token) with { DiskStateHash = new string('0', 64) };
            var failed = Assert.IsType<AgentFailed>(await _bench.Call(new TestInput(AgentRun.Line(order)), "start", $"job{number}", "write").EndAsync());
            Assert.Equal(AgentFailureCodes.DiskChanged, failed.Code);
        }

        // Old ones do not fill the memory.
        Assert.Equal(["job3", "job4", "job5", "job6"], (await _bench.JobsAsync()).Select(job => job.Id));
    }

    [Fact]
    public async Task A_cancelled_job_ends_safely_and_says_so_to_everybody_once()
    {
        using var go = _bench.HoldIn(AgentSteps.Write);
        var first = await StartPushAsync("one");
        await first.UntilStepAsync(AgentSteps.Write);

        var cancel = _bench.Call(new TestInput(), "cancel", "one");
        go.Set();

        var failed = Assert.IsType<AgentFailed>(await cancel.EndAsync());
        Assert.Equal((AgentFailureCodes.Cancelled, DiskStates.WithoutTable), (failed.Code, failed.DiskState));
        Assert.Single(cancel.Events);
        Assert.Equal(failed.Index, (await first.EndAsync()).Index);
        Assert.True(_bench.Rig.FirstMiBIsZero);
    }

    [Fact]
    public async Task A_job_that_cannot_be_reached_yet_is_cancelled_as_soon_as_it_can_be()
    {
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var bench = new JobBench { Time = new HurriedTime { OnWait = () => waits.TrySetResult() } };
        bench.PutDead("one", "");
        // As if its process had just begun.
        using var held = bench.Folder("one").TryTake();
        var cancel = bench.Call(new TestInput(), "cancel", "one");
        await waits.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Token);

        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var input = new JobInput("{}", TimeProvider.System);
        await using (new JobSocket(bench.Folder("one").Socket, input, () => cancelled.TrySetResult()))
            await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Token);

        held!.Dispose();
        Assert.Equal(DiskStates.Untouched, Assert.IsType<AgentFailed>(await cancel.EndAsync()).DiskState);
    }

    [Fact]
    public async Task Cancelling_what_has_ended_tells_how_it_ended()
    {
        Assert.IsType<ImageWritten>(await (await StartPushAsync("one")).EndAsync());

        Assert.IsType<ImageWritten>(await _bench.Call(new TestInput(), "cancel", "one").EndAsync());
    }

    [Fact]
    public async Task The_list_tells_running_jobs_from_ended_ones_and_who_is_attached()
    {
        using var go = _bench.HoldIn(AgentSteps.Write);
        var first = await StartPushAsync("one");
        await first.UntilStepAsync(AgentSteps.Write);
        var running = Assert.Single(await _bench.JobsAsync());
        Assert.Equal(("one", "write", true, 1), (running.Id, running.Command, running.Running, running.Watchers));
        Assert.Null(running.Outcome);
        go.Set();
        await first.EndAsync();

        // Its last word comes before its process is gone.
        var ended = Assert.Single(await _bench.JobsAsync());
        for (long since = TimeProvider.System.GetTimestamp(); ended.Running && TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(30);)
            ended = Assert.Single(await _bench.JobsAsync());

        Assert.Equal((false, 0, _bench.Log("one").Count), (ended.Running, ended.Watchers, ended.Events));
        Assert.IsType<ImageWritten>(ended.Outcome);
    }

    [Theory]
    [InlineData("attach", "nobody", "0")]
    [InlineData("cancel", "nobody")]
    [InlineData("attach", "../etc", "0")]
    [InlineData("start", "A", "write")]
    public async Task A_job_that_is_not_there_or_cannot_be_is_a_bad_order(params string[] arguments)
    {
        var failed = Assert.IsType<AgentFailed>(await _bench.Call(new TestInput(), arguments).EndAsync());

        Assert.Equal((AgentFailureCodes.BadOrder, DiskStates.Untouched), (failed.Code, failed.DiskState));
    }

    [Fact]
    public async Task Whoever_only_looks_cannot_answer_the_job()
    {
        var order = await _bench.Rig.OrderAsync(Token) with { SaveFirst = true };
        var first = _bench.Call(new TestInput(AgentRun.Line(order)), "start", "one", "write");
        await first.UntilAsync(events => events.Any(said => said is SavingDone));
        using var keys = new TestInput("\n"u8.ToArray());

        var looking = _bench.Call(keys, "attach", "one", "0");
        await looking.UntilAsync(events => events.Any(said => said is SavingDone));

        Assert.Equal((true, 1), Assert.Single(await _bench.JobsAsync()) is var job ? (job.Running, job.Watchers) : default);
        Assert.False(keys.IsDry);
        await _bench.Call(new TestInput(), "cancel", "one").EndAsync();
        Assert.True(_bench.Rig.FirstMiBIsOld);
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    private async Task<JobBench.Listener> StartPushAsync(string id) =>
        _bench.Call(new TestInput(AgentRun.Line(await _bench.Rig.OrderAsync(Token)), _bench.Rig.File), "start", id, "write");

    private async Task<WriteOrder> PulledAsync(ImageServer server)
    {
        var order = await _bench.Rig.OrderAsync(Token);
        return order with { Image = order.Image with { Kind = "http", Url = server.Url } };
    }
}
