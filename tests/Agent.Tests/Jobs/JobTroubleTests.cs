using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Jobs;

/// <summary>What stands in the way of the commands around a job is told; only that nobody listens is not.</summary>
public sealed class JobTroubleTests : IAsyncDisposable
{
    private const string Started = """{"kind":"started","protocol":1,"agentVersion":"1","command":"write","index":1,"elapsedMs":1}""";
    private readonly JobBench _bench = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_whose_folder_cannot_be_made_is_told_with_the_reason_and_nothing_was_touched()
    {
        var path = _bench.Folder("one").Path;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, "", Token);
        var order = AgentRun.Line(await _bench.Rig.OrderAsync(Token));

        var failed = Assert.IsType<AgentFailed>(await _bench.Call(new TestInput(order), "start", "one", "write").EndAsync());

        Assert.Equal((AgentFailureCodes.Internal, DiskStates.Untouched), (failed.Code, failed.DiskState));
        Assert.Contains(failed.Causes, cause => cause.Contains(path));
    }

    [Fact]
    public async Task A_job_whose_folder_vanishes_under_a_listener_is_told_and_nothing_is_claimed_of_the_disk()
    {
        _bench.PutDead("one", Started + "\n");
        // As if its process were at work.
        using var held = _bench.Folder("one").TryTake();
        var listener = _bench.Attach("one");
        await listener.UntilAsync(events => events.Count == 1);

        Directory.Delete(_bench.Folder("one").Path, recursive: true);

        var failed = Assert.IsType<AgentFailed>(await listener.EndAsync());
        Assert.Equal((AgentFailureCodes.Internal, DiskStates.Unknown), (failed.Code, failed.DiskState));
        Assert.Contains(failed.Causes, cause => cause.Contains(_bench.Folder("one").Path));
    }

    [Fact]
    public async Task A_listener_that_is_gone_is_told_nothing_more()
    {
        _bench.PutDead("one", Started + "\n");
        using var gone = new FullLog("started");

        var code = await new AgentApp(_bench.Rig.Host.World()).RunAsync(["attach", "one", "0"], new TestInput(), gone, TextWriter.Null, watchInput: true, Token);

        Assert.Equal(AgentApp.Failure, code);
        Assert.Empty(gone.Events);
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();
}
