using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Linux;

/// <summary>The whole write with the kernel's own block layer below: O_EXCL, O_DIRECT, BLKZEROOUT, BLKRRPART.</summary>
public sealed class WholeWriteTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_image_written_to_a_real_block_device_verifies_and_shows_its_partitions_to_the_kernel()
    {
        using var rig = new WriteRig();
        using var loop = LoopDevice.TryAttach(rig.Host.PathOf("sda"));
        Assert.SkipWhen(loop is null, "no loop device to be had");
        using var folder = new TempFolder();
        File.CreateSymbolicLink(folder["sda"], loop!.Path);
        File.CreateSymbolicLink(folder["sdb"], "/dev/null");
        var world = rig.Host.World() with { Devices = new BlockDevices(folder.Path) };
        var order = await OrderAsync(rig, world);

        var run = await AgentRun.StartAsync(world, new TestInput(AgentRun.Line(order), rig.File), Token, "write");

        var written = run.Terminal<ImageWritten>();
        Assert.DoesNotContain(run.Events, line => line is AgentWarning { Message: var words } && words.Contains("partition table"));
        Assert.Equal(PlainDigest.Of(rig.Image.Expected()), written.ContentDigest);
        // Some small kernels are built without GPT; whether this one is shows with an image that nobody had to write.
        if (KernelReadsGpt(rig.Image)) Assert.Equal(["EFI", "META"], loop.KernelPartitionNames());
        var verify = new VerifyOrder { Disk = written.Disk, WrittenBytes = written.WrittenBytes, ContentDigest = written.ContentDigest, BootNonce = order.BootNonce };
        Assert.True((await AgentRun.StartAsync(world, new TestInput(AgentRun.Line(verify)), Token, "verify")).Terminal<DiskVerified>().Equal);
    }

    [Fact]
    public async Task A_disk_that_another_process_holds_is_busy_and_stays_as_it_is()
    {
        using var rig = new WriteRig();
        using var loop = LoopDevice.TryAttach(rig.Host.PathOf("sda"));
        Assert.SkipWhen(loop is null, "no loop device to be had");
        using var folder = new TempFolder();
        File.CreateSymbolicLink(folder["sda"], loop!.Path);
        using var somebody = new BlockDevices(folder.Path).Hold("sda");
        var world = rig.Host.World(new HurriedTime()) with { Devices = new BlockDevices(folder.Path) };
        var order = await OrderAsync(rig, world);
        var before = rig.Disk;

        var run = await AgentRun.StartAsync(world, new TestInput(AgentRun.Line(order), rig.File), Token, "write");

        Assert.Equal((AgentFailureCodes.DiskBusy, DiskStates.Untouched), (run.Failed.Code, run.Failed.DiskState));
        Assert.True(before.AsSpan().SequenceEqual(rig.Disk));
    }

    /// <summary>The kernel's view of the disk is part of what the order promises.</summary>
    private static async Task<WriteOrder> OrderAsync(WriteRig rig, AgentWorld world)
    {
        var order = await rig.OrderAsync(Token);
        var disks = (await AgentRun.StartAsync(world, new TestInput(), Token, "inventory")).Terminal<InventoryTaken>().Inventory.Disks;
        return order with { DiskStateHash = DiskState.Hash(disks[0]), PlanHash = PlanHash.Compute(order.Node, order.Disk, disks, order.Image.Sha256) };
    }

    private static bool KernelReadsGpt(TestImage image)
    {
        using var folder = new TempFolder();
        File.WriteAllBytes(folder["image"], image.Raw);
        using var loop = LoopDevice.TryAttach(folder["image"]);
        return loop?.KernelPartitionNames().Count > 0;
    }
}
