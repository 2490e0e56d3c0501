using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Runs;
using Kronform.Provision.Ssh;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Disks;

/// <summary>A write whose connection, or whose Provisioner, goes away in the middle: the acts of a run against the real agent.</summary>
public sealed class LeftJobTests : IAsyncDisposable
{
    private static readonly RunOptions Named = new() { Neutralise = ["OLD1"] };
    private readonly InstallBench _bench = new();
    private readonly ManualResetEventSlim _go = new();
    private readonly ImageServer _server;

    public LeftJobTests()
    {
        _server = new ImageServer(asked => ImageServer.Good(_bench.ImageBytes, asked));
        _bench.PullFrom = _server.Url;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pulled_write_goes_on_without_its_link_and_the_next_process_takes_its_end()
    {
        await CutAsync(AgentSteps.Write);
        ReleaseOnceAttached();

        var context = await _bench.InstallAsync(new RunOptions(), Token);

        Assert.Equal(["AttemptStarted", "RescueProven", "WriteRejoined", "WriteDone"], Kinds().TakeLast(4));
        Assert.Equal(1, Starts());
        Assert.Single(_bench.WipedFiles);
        Assert.True(context.Record.FreshlyWritten);
        Assert.True(context is { Changed: true, DiskTouched: true });
        AssertWritten();
    }

    [Fact]
    public async Task The_same_process_need_not_hear_again_what_it_heard()
    {
        await CutAsync(AgentSteps.Write);
        ReleaseOnceAttached();

        await _bench.ReconnectAsync(Token);

        Assert.True(int.Parse(_bench.Session.CommandLines.Last(line => line.StartsWith("attach", StringComparison.Ordinal)).Split(' ')[2]) > 5);
        Assert.IsType<WriteDone>(_bench.Entries[^1]);
        AssertWritten();
    }

    [Fact]
    public async Task Bytes_that_were_not_kept_yet_are_told_again_and_kept_before_anything_is_wiped()
    {
        var before = _bench.Disk("sda");
        _bench.Host.Write("sda", 0, "something"u8);
        before = _bench.Disk("sda");
        _bench.Session.CutAt = line => line.Contains("\"kind\":\"bytes-saved\"", StringComparison.Ordinal);
        await Assert.ThrowsAsync<SshException>(() => _bench.InstallAsync(Named, Token));
        Assert.IsType<WriteStarting>(_bench.Entries[^1]);
        Assert.Equal(before, _bench.Disk("sda"));
        _bench.Session.CutAt = null;

        await _bench.InstallAsync(new RunOptions(), Token);

        Assert.Equal(["WriteRejoined", "WipedBytesKept", "WriteDone"], Kinds().TakeLast(3));
        Assert.Equal(1, Starts());
        // The first connection's file was cut short; the second one is whole.
        var kept = _bench.Entries.OfType<WipedBytesKept>().Single();
        Assert.Equal(kept.Pieces, File.ReadLines(_bench.WipedFiles.Single(file => Path.GetFileName(file) == kept.File)).Count());
        AssertWritten();
    }

    [Fact]
    public async Task A_pushed_write_that_lost_its_link_begins_anew()
    {
        _bench.PullFrom = null;
        // Before the image's second block is taken: between line and disk there is room for less than all of it.
        await CutAsync(AgentSteps.Wipe);
        _go.Set();

        await _bench.InstallAsync(new RunOptions(), Token);

        Assert.Equal(2, Starts());
        Assert.IsType<WriteDone>(_bench.Entries[^1]);
        AssertWritten();
    }

    [Fact]
    public async Task What_ended_while_nobody_listened_is_taken_and_not_taken_for_fresh()
    {
        await CutAsync(AgentSteps.Write);
        _go.Set();
        await UntilOverAsync();

        var context = await _bench.InstallAsync(new RunOptions(), Token);

        Assert.Equal(["RescueProven", "WriteRejoined", "WriteDone"], Kinds().TakeLast(3));
        Assert.Equal(1, Starts());
        // So it is read back before it is booted.
        Assert.False(context.Record.FreshlyWritten);
        Assert.Equal("NEW1", context.Record.Written!.Disk.Serial);
        AssertWritten();
    }

    [Fact]
    public async Task The_operators_cancellation_ends_the_job_and_leaves_no_table()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        HoldIn(AgentSteps.Write);
        _bench.Session.CutAt = line =>
        {
            if (!Begins(line, AgentSteps.Write)) return false;
            stop.CancelAfter(0);
            _go.Set();
            return false;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _bench.InstallAsync(Named, stop.Token));

        Assert.StartsWith("cancel ", _bench.Session.CommandLines[^1], StringComparison.Ordinal);
        Assert.True(_bench.Host.Read("sda", 0, TestImage.MiB).AsSpan().IndexOfAnyExcept((byte)0) < 0, "there is a table");
        _bench.Session.CutAt = null;
        await _bench.InstallAsync(new RunOptions(), Token);
        Assert.Equal(2, Starts());
        AssertWritten();
    }

    [Fact]
    public async Task A_job_that_writes_under_a_plan_that_is_no_more_is_ended_before_a_new_order()
    {
        await CutAsync(AgentSteps.Write);
        _bench.Host.Write("sdc", 0, new byte[512]);
        ReleaseOnceAttached("cancel");

        await _bench.InstallAsync(new RunOptions(), Token);

        Assert.Equal(["start", "cancel", "start"], _bench.Session.CommandLines.Select(line => line.Split(' ')[0]).Where(verb => verb is "start" or "cancel" or "attach"));
        Assert.IsType<WriteDone>(_bench.Entries[^1]);
        AssertWritten();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stranger_in_the_way_is_ended_unless_somebody_listens_to_it(bool attached)
    {
        // The same machine, seen with another journal: a lost state folder, or another person's.
        await CutAsync(AgentSteps.Write);
        var job = _bench.Entries.OfType<WriteStarting>().Single().Job!;
        using var listening = new CancellationTokenSource();
        var listener = attached ? _bench.Session.RunAsync($"exec agent attach {job} 0 send", null, null, listening.Token) : Task.CompletedTask;
        if (attached) await _bench.UntilWatchedAsync(job, Token);
        ReleaseOnceAttached("cancel");
        _bench.ForgetJournal();

        if (attached)
        {
            var stopped = await Assert.ThrowsAsync<ProvisionException>(() => _bench.InstallAsync(Named, Token));
            Assert.Equal(FailureCode.AgentBusy, stopped.Code);
            Assert.Contains(job, stopped.Message, StringComparison.Ordinal);
            Assert.Contains("cancel", stopped.Remedy, StringComparison.Ordinal);
            _go.Set();
            await listening.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listener);
            return;
        }

        await _bench.InstallAsync(Named, Token);
        Assert.Contains($"cancel {job}", _bench.Session.CommandLines);
        AssertWritten();
    }

    public async ValueTask DisposeAsync()
    {
        _go.Set();
        _bench.Session.CutAt = null;
        await UntilOverAsync();
        await _server.DisposeAsync();
        _bench.Dispose();
        _go.Dispose();
    }

    /// <summary>An attempt that loses its connection in that step, in which the job stays until it is let go.</summary>
    private async Task CutAsync(string step)
    {
        HoldIn(step);
        _bench.Session.CutAt = line => Begins(line, step);
        await Assert.ThrowsAsync<SshException>(() => _bench.InstallAsync(Named, Token));
        _bench.Session.CutAt = null;
    }

    /// <summary>Neutralising has steps of the same names, so only the write's count.</summary>
    private bool Begins(string line, string step) =>
        _bench.Session.Runs[^1].Command == "write" && ProtocolJson.FromLine(line) is AgentStep begun && begun.Step == step;

    private void HoldIn(string step) => _bench.Host.Trouble.BeforeWrite = _ =>
    {
        if (_bench.JobSteps().Contains(step)) _go.Wait(TimeSpan.FromSeconds(60));
    };

    private void ReleaseOnceAttached(string verb = "attach") => _bench.Session.Before = (seen, _) =>
    {
        if (seen == verb) _go.Set();
    };

    private Task UntilOverAsync() => _bench.UntilOverAsync(CancellationToken.None);

    private IEnumerable<string> Kinds() => _bench.Entries.Select(entry => entry.GetType().Name);

    private int Starts() => _bench.Session.CommandLines.Count(line => line.StartsWith("start", StringComparison.Ordinal));

    private void AssertWritten()
    {
        var expected = new TestImage().Expected();
        Assert.True(_bench.Disk("sda").AsSpan(0, expected.Length).SequenceEqual(expected), "the disk does not hold the image");
    }
}
