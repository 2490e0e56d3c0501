using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Writing;

public sealed class VerifyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nothing", null)]
    [InlineData("a byte", "different are bytes 4194304 to 8388608")]
    [InlineData("the nonce", "another boot nonce")]
    [InlineData("the table", "META")]
    public async Task A_disk_is_equal_until_something_on_it_differs(string changed, string? difference)
    {
        using var rig = new WriteRig();
        var written = (await rig.WriteAsync(Token)).Terminal<ImageWritten>();
        if (changed == "a byte") rig.Host.Write("sda", 5 * TestImage.MiB, [1]);
        if (changed == "the table") rig.Host.Write("sda", 0, new byte[TestImage.MiB]);
        var order = new VerifyOrder
        {
            Disk = written.Disk,
            WrittenBytes = written.WrittenBytes,
            ContentDigest = written.ContentDigest,
            ChunkMarks = written.ChunkMarks,
            BootNonce = changed == "the nonce" ? "other" : TestImage.Nonce,
        };
        var before = rig.Disk;

        var run = await AgentRun.StartAsync(rig.Host.World(), new TestInput(AgentRun.Line(order)), Token, "verify");

        var verified = run.Terminal<DiskVerified>();
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(difference is null, verified.Equal);
        if (difference is null) Assert.Null(verified.Difference);
        else Assert.Contains(difference, verified.Difference);
        Assert.Equal(before, rig.Disk);
    }

    [Fact]
    public async Task A_disk_that_is_not_there_is_a_failure()
    {
        using var rig = new WriteRig();
        var order = new VerifyOrder { Disk = new("X", null, 4096), WrittenBytes = 512, ContentDigest = new string('0', 64), BootNonce = "n" };

        var run = await AgentRun.StartAsync(rig.Host.World(), new TestInput(AgentRun.Line(order)), Token, "verify");

        Assert.Equal((AgentFailureCodes.DiskNotFound, DiskStates.Untouched), (run.Failed.Code, run.Failed.DiskState));
    }
}
