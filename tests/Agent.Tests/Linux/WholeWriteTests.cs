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

    /// <summary>Disks whose size is no multiple of 4 KiB, down to one on which the image just fits.</summary>
    [Theory]
    [InlineData(16 * TestImage.MiB + 512)]
    [InlineData(16 * TestImage.MiB - 512)]
    [InlineData(12 * TestImage.MiB + 3 * 512)]
    [InlineData(11 * TestImage.MiB + 512)]
    [InlineData(11 * TestImage.MiB)]
    public async Task A_real_block_device_of_an_odd_size_takes_the_image_and_keeps_nothing_old_at_its_end(int diskBytes)
    {
        using var rig = new WriteRig(diskBytes: diskBytes);
        rig.Host.Write("sda", diskBytes - 512, Enumerable.Repeat((byte)9, 512).ToArray());
        using var loop = LoopDevice.TryAttach(rig.Host.PathOf("sda"));
        Assert.SkipWhen(loop is null, "no loop device to be had");
        using var folder = new TempFolder();
        File.CreateSymbolicLink(folder["sda"], loop!.Path);
        File.CreateSymbolicLink(folder["sdb"], "/dev/null");
        var world = rig.Host.World() with { Devices = new BlockDevices(folder.Path) };

        var run = await AgentRun.StartAsync(world, new TestInput(AgentRun.Line(await OrderAsync(rig, world)), rig.File), Token, "write");

        Assert.Equal(rig.Image.Raw.Length, run.Terminal<ImageWritten>().WrittenBytes);
        Assert.True(rig.Disk.AsSpan(0, rig.Image.Raw.Length).SequenceEqual(rig.Image.Expected()));
        var behind = rig.Disk.AsSpan(Math.Max(rig.Image.Raw.Length, diskBytes - TestImage.MiB));
        Assert.Equal(-1, behind.IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public async Task A_real_block_device_with_sectors_of_4096_is_refused_and_stays_as_it_is()
    {
        using var rig = new WriteRig(sectorBytes: 4096);
        rig.Host.Write("sda", 0, new byte[TestImage.MiB].Select((_, at) => (byte)at).ToArray());
        using var loop = LoopDevice.TryAttach(rig.Host.PathOf("sda"), sectorBytes: 4096);
        Assert.SkipWhen(loop is null, "no loop device with such sectors to be had");
        using var folder = new TempFolder();
        File.CreateSymbolicLink(folder["sda"], loop!.Path);
        File.CreateSymbolicLink(folder["sdb"], "/dev/null");
        var world = rig.Host.World() with { Devices = new BlockDevices(folder.Path) };
        using (var disk = world.Devices.OpenToRead("sda")) Assert.Equal(4096, disk.LogicalSectorBytes);
        var before = rig.Disk;

        var run = await AgentRun.StartAsync(world, new TestInput(AgentRun.Line(await OrderAsync(rig, world)), rig.File), Token, "write");

        Assert.Equal((AgentFailureCodes.ImageDoesNotFit, DiskStates.Untouched), (run.Failed.Code, run.Failed.DiskState));
        Assert.True(before.AsSpan().SequenceEqual(rig.Disk));
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
