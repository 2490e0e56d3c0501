using System.Collections.Concurrent;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Rescue;
using Kronform.Provision.Ssh;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Ssh;

/// <summary>Jobs of the published agent behind a real sshd, whose connections are really cut.</summary>
public sealed class DetachedAgentTests : IDisposable
{
    private readonly ConcurrentQueue<AgentEvent> _first = new();
    private readonly ConcurrentQueue<AgentEvent> _second = new();
    private readonly ManualResetEventSlim _go = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pulled_write_survives_its_connection_and_whoever_comes_back_misses_nothing()
    {
        await using var rescue = await SshdRescue.StartAsync(Token);
        await using var server = HalfThenWait(rescue);
        await CutInTheMiddleAsync(rescue, server);

        await using var session = await rescue.OpenAsync(Token);
        var jobs = rescue.Link(session).Jobs;
        var job = Assert.Single(await jobs.ListAsync(Token));
        Assert.Equal(("one", "write", true), (job.Id, job.Command, job.Running));
        var rejoining = jobs.RejoinAsync("one", _first.Last().Index, null, _second.Enqueue, Token);
        _go.Set();
        var written = await rejoining;

        Assert.Equal(Enumerable.Range(1, _first.Count + _second.Count), _first.Concat(_second).Select(said => said.Index));
        Assert.True(rescue.Disk.AsSpan(0, (int)written.WrittenBytes).SequenceEqual(SshdRescue.Image.Expected()), "the disk does not hold the image");
        Assert.IsType<ImageWritten>(Assert.Single(await jobs.ListAsync(Token)).Outcome);
    }

    [Fact]
    public async Task A_pushed_write_that_is_cut_ends_without_a_table()
    {
        await using var rescue = await SshdRescue.StartAsync(Token);
        await using (var session = await rescue.OpenAsync(Token))
        {
            var link = rescue.Link(session);
            using var half = new TestInput(rescue.File[..(rescue.File.Length / 2)]);
            var writing = link.Jobs.WriteAsync("one", await rescue.OrderAsync(link, null, Token), half, _first.Enqueue, Token);
            await UntilWritingAsync(writing);
            await rescue.CutAsync();
            await Assert.ThrowsAsync<SshException>(() => writing);
        }

        await using var again = await rescue.OpenAsync(Token);
        var failure = await Assert.ThrowsAsync<ProvisionException>(() => rescue.Link(again).Jobs.RejoinAsync("one", 0, null, _second.Enqueue, Token));

        Assert.Equal(FailureCode.ImageUnavailable, failure.Code);
        Assert.True(rescue.HasNoTable);
    }

    [Fact]
    public async Task A_cancelled_call_ends_the_job_before_it_returns()
    {
        await using var rescue = await SshdRescue.StartAsync(Token);
        await using var server = HalfThenWait(rescue);
        await using var session = await rescue.OpenAsync(Token);
        var link = rescue.Link(session);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var writing = link.Jobs.WriteAsync("one", await rescue.OrderAsync(link, server.Url, Token), null, _first.Enqueue, stop.Token);
        await UntilWritingAsync(writing);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);

        var failed = Assert.IsType<AgentFailed>(Assert.Single(await link.Jobs.ListAsync(Token)).Outcome);
        Assert.Equal((AgentFailureCodes.Cancelled, DiskStates.WithoutTable), (failed.Code, failed.DiskState));
        Assert.True(rescue.HasNoTable);
        // The server may hold a request that nobody waits for any more.
        _go.Set();
    }

    [Fact]
    public async Task A_killed_job_is_told_as_what_it_is_and_the_next_one_may_begin()
    {
        await using var rescue = await SshdRescue.StartAsync(Token);
        await using var server = HalfThenWait(rescue);
        await using var session = await rescue.OpenAsync(Token);
        var link = rescue.Link(session);
        var order = await rescue.OrderAsync(link, server.Url, Token);
        var writing = link.Jobs.WriteAsync("one", order, null, _first.Enqueue, Token);
        await UntilWritingAsync(writing);
        Assert.Equal(FailureCode.AgentBusy, (await Assert.ThrowsAsync<ProvisionException>(() => link.Jobs.WriteAsync("two", order, null, _second.Enqueue, Token))).Code);

        await SshdTree.RunAsync("kill", "-KILL", $"{SshdRescue.ProcessOf("one")}");

        var failure = await Assert.ThrowsAsync<ProvisionException>(() => writing);
        Assert.Equal(FailureCode.AgentFailed, failure.Code);
        Assert.Contains("has no partition table", failure.Message, StringComparison.Ordinal);
        Assert.True(rescue.HasNoTable);
        _go.Set();
        var written = await link.Jobs.WriteAsync("two", await rescue.OrderAsync(link, server.Url, Token), null, _second.Enqueue, Token);
        Assert.True(rescue.Disk.AsSpan(0, (int)written.WrittenBytes).SequenceEqual(SshdRescue.Image.Expected()), "the disk does not hold the image");
    }

    public void Dispose()
    {
        _go.Set();
        _go.Dispose();
    }

    private async Task CutInTheMiddleAsync(SshdRescue rescue, ImageServer server)
    {
        await using var session = await rescue.OpenAsync(Token);
        var link = rescue.Link(session);
        var writing = link.Jobs.WriteAsync("one", await rescue.OrderAsync(link, server.Url, Token), null, _first.Enqueue, Token);
        await UntilWritingAsync(writing);
        await rescue.CutAsync();
        await Assert.ThrowsAsync<SshException>(() => writing);
    }

    /// <summary>Gives half of the image, and the rest once it may.</summary>
    private ImageServer HalfThenWait(SshdRescue rescue) => new(asked =>
    {
        if (asked.From is null && !_go.IsSet) return ImageServer.Cut(rescue.File, asked, rescue.File.Length / 2, Ending.Close);
        _go.Wait(TimeSpan.FromSeconds(90));
        return ImageServer.Good(rescue.File, asked);
    });

    private async Task UntilWritingAsync(Task writing) => await Until.HoldsAsync("bytes of the image are on the disk",
        () => writing.IsCompleted || _first.Any(said => said is AgentProgress { Step: AgentSteps.Write, BytesOut: > 0 }),
        () => string.Join('\n', _first.TakeLast(3).Select(ProtocolJson.ToLine)), seconds: 60);
}
