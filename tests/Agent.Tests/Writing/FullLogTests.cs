using Kronform.Provision.Agent.Jobs;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Writing;

/// <summary>Who ends a job's log for it knows the disk from the steps in it alone: what is not in the log must not be done.</summary>
public sealed class FullLogTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_wiping_that_cannot_be_logged_is_not_begun()
    {
        using var rig = new WriteRig();

        var log = await WriteAsync(rig, AgentSteps.Wipe);

        Assert.Equal(0, rig.Host.Trouble.Writes);
        Assert.True(rig.FirstMiBIsOld);
        Assert.Equal(DiskStates.Untouched, JobEnd.DiskStateAfter(log));
    }

    [Fact]
    public async Task A_writing_that_cannot_be_logged_is_not_begun()
    {
        using var rig = new WriteRig();

        await WriteAsync(rig, AgentSteps.Write);

        Assert.DoesNotContain(rig.Host.Trouble.Acts, act => act.Kind == "write");
        Assert.True(rig.FirstMiBIsZero);
    }

    [Fact]
    public async Task A_commit_that_cannot_be_logged_is_not_begun()
    {
        using var rig = new WriteRig();

        var log = await WriteAsync(rig, AgentSteps.Commit);

        Assert.DoesNotContain(rig.Host.Trouble.Acts, act => act.Kind == "write" && act.Offset < TestImage.MiB);
        Assert.True(rig.FirstMiBIsZero);
        Assert.Equal(DiskStates.WithoutTable, JobEnd.DiskStateAfter(log));
    }

    [Fact]
    public async Task A_neutralising_that_cannot_be_logged_is_not_begun()
    {
        using var host = new FakeHost();
        host.Add(OldTalos.Described());
        host.Write("sdb", 0, OldTalos.Disk());
        var disk = (await AgentRun.InventoryAsync(host, Token)).Disks.Single();
        var order = new NeutraliseOrder { Disk = disk.Identity, DiskStateHash = DiskState.Hash(disk) };
        var proposed = (await AgentRun.StartAsync(host.World(), new TestInput(AgentRun.Line(order)), Token, "neutralise")).Terminal<NeutraliseProposed>();

        using var log = new FullLog(Begun(AgentSteps.Write));
        await RunAsync(host, new TestInput(AgentRun.Line(order with { Changes = proposed.Changes })), log, "neutralise");

        Assert.Equal(0, host.Trouble.Writes);
        Assert.Equal(DiskStates.Untouched, JobEnd.DiskStateAfter(log.Events));
    }

    private static async Task<IReadOnlyList<AgentEvent>> WriteAsync(WriteRig rig, string step)
    {
        using var log = new FullLog(Begun(step));
        await RunAsync(rig.Host, new TestInput(AgentRun.Line(await rig.OrderAsync(Token)), rig.File), log, "write");
        return log.Events;
    }

    private static async Task RunAsync(FakeHost host, TestInput input, FullLog log, string command) =>
        Assert.Equal(AgentApp.Failure, await new AgentApp(host.World()).RunAsync([command], input, log, TextWriter.Null, watchInput: true, Token));

    /// <summary>As in a step's event, and in no event of progress.</summary>
    private static string Begun(string step) => $"\"kind\":\"step\",\"step\":\"{step}\"";
}
