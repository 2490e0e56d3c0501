using Kronform.Provision.Agent.Jobs;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Jobs;

/// <summary>Jobs whose process was killed, and jobs that nobody answers.</summary>
public sealed class DeadJobTests : IAsyncDisposable
{
    private const string Started = """{"kind":"started","protocol":1,"agentVersion":"1","command":"write","index":1,"elapsedMs":1}""";
    private readonly JobBench _bench = new();

    [Theory]
    [InlineData("write", "", DiskStates.Untouched)]
    [InlineData("write", "settle inspect hold save", DiskStates.Untouched)]
    [InlineData("write", "settle inspect hold save wipe", DiskStates.Unknown)]
    [InlineData("write", "settle inspect hold save wipe write", DiskStates.WithoutTable)]
    [InlineData("write", "settle inspect hold save wipe write read-back", DiskStates.WithoutTable)]
    [InlineData("write", "settle inspect hold save wipe write read-back commit", DiskStates.Unknown)]
    [InlineData("neutralise", "hold", DiskStates.Untouched)]
    [InlineData("neutralise", "hold write", DiskStates.PartlyChanged)]
    [InlineData("verify", "read-back", DiskStates.Untouched)]
    public void What_is_true_of_the_disk_follows_from_the_steps_that_began(string command, string steps, string state) =>
        Assert.Equal(state, JobEnd.DiskStateAfter([
            new AgentStarted { Protocol = 1, AgentVersion = "1", Command = command },
            .. steps.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(step => new AgentStep { Step = step, Description = "" })]));

    [Fact]
    public async Task A_killed_job_gets_one_last_word_and_everybody_the_same()
    {
        _bench.PutDead("one", $$"""
            {{Started}}
            {"kind":"step","step":"wipe","description":"Wiping","index":2,"elapsedMs":7}
            {"kind":"step","step":"write","description":"Writing","index":3,"elapsedMs":8}
            {"kind":"progress","step":"wri
            """);
        var listeners = new[] { _bench.Attach("one"), _bench.Attach("one", 2), _bench.Attach("one") };

        foreach (var listener in listeners)
        {
            var failed = Assert.IsType<AgentFailed>(await listener.EndAsync());
            Assert.Equal((4, AgentFailureCodes.Internal, DiskStates.WithoutTable), (failed.Index, failed.Code, failed.DiskState));
        }

        Assert.Equal([1, 2, 3, 4], listeners[0].Numbers);
        Assert.Equal([3, 4], listeners[1].Numbers);
        Assert.Equal([1, 2, 3, 4], _bench.Log("one").Select(said => said.Index));
    }

    [Fact]
    public async Task A_job_that_died_before_its_first_word_touched_nothing_and_does_not_stand_in_the_way()
    {
        _bench.Folder("one").Create();

        var dead = Assert.Single(await _bench.JobsAsync());

        Assert.False(dead.Running);
        Assert.Equal(DiskStates.Untouched, Assert.IsType<AgentFailed>(dead.Outcome).DiskState);
        var order = AgentRun.Line(await _bench.Rig.OrderAsync(TestContext.Current.CancellationToken));
        Assert.IsType<ImageWritten>(await _bench.Call(new TestInput(order, _bench.Rig.File), "start", "two", "write").EndAsync());
    }

    /// <summary>Its starter was killed in between; without a word in its log the two would write at the same time.</summary>
    [Fact]
    public async Task A_process_that_comes_late_does_not_begin_beside_the_job_that_was_started_meanwhile()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _bench.Folder("late").Create();
        using var go = _bench.HoldIn(AgentSteps.Write);
        var order = AgentRun.Line(await _bench.Rig.OrderAsync(cancellation));
        var one = _bench.Call(new TestInput(order, _bench.Rig.File), "start", "one", "write");
        await one.UntilStepAsync(AgentSteps.Write);

        // An order that would be refused soon, if it were read.
        await Assert.ThrowsAnyAsync<IOException>(() => new AgentApp(_bench.Rig.Host.World()).RunAsync(
            ["work", "late", "write"], new MemoryStream("{}\n"u8.ToArray()), Stream.Null, TextWriter.Null, watchInput: true, cancellation));

        var word = Assert.IsType<AgentFailed>(Assert.Single(_bench.Log("late")));
        Assert.Equal(DiskStates.Untouched, word.DiskState);
        go.Set();
        Assert.IsType<ImageWritten>(await one.EndAsync());
    }

    [Fact]
    public async Task A_job_that_nobody_answers_gives_up_in_time_with_the_disk_untouched()
    {
        // The limit alone passes at once; a disk is never waited for that long.
        await using var bench = new JobBench { Time = new HurriedTime { Hurries = due => due == JobInput.AnswerLimit || due < TimeSpan.FromSeconds(1) } };
        var order = await bench.Rig.OrderAsync(TestContext.Current.CancellationToken) with { SaveFirst = true };

        var failed = Assert.IsType<AgentFailed>(await bench.Call(new TestInput(AgentRun.Line(order)), "start", "one", "write").EndAsync());

        Assert.Equal((AgentFailureCodes.Cancelled, DiskStates.Untouched), (failed.Code, failed.DiskState));
        Assert.Contains("10 minutes", failed.Message);
        Assert.True(bench.Rig.FirstMiBIsOld);
    }

    [Fact]
    public async Task An_order_that_cannot_be_read_is_the_jobs_last_word()
    {
        var failed = Assert.IsType<AgentFailed>(await _bench.Call(new TestInput("{}\n"u8.ToArray()), "start", "one", "write").EndAsync());

        Assert.Equal(AgentFailureCodes.BadOrder, failed.Code);
        Assert.Equal(2, _bench.Log("one").Count);
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();
}
