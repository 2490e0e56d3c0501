using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Linux;

/// <summary>Neutralising with the kernel's own block layer below: O_EXCL, O_DIRECT, BLKRRPART.</summary>
public sealed class WholeNeutraliseTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_real_block_device_is_neutralised_and_the_kernel_shows_the_new_names()
    {
        using var host = new FakeHost().Add(OldTalos.Described());
        host.Write("sdb", 0, OldTalos.Disk());
        using var loop = LoopDevice.TryAttach(host.PathOf("sdb"));
        Assert.SkipWhen(loop is null, "no loop device to be had");
        using var folder = new TempFolder();
        File.CreateSymbolicLink(folder["sdb"], loop!.Path);
        var world = host.World() with { Devices = new BlockDevices(folder.Path) };
        // Some small kernels are built without GPT.
        var kernelReadsGpt = loop.KernelPartitionNames().Contains("META");
        var disk = (await AgentRun.StartAsync(world, new TestInput(), Token, "inventory")).Terminal<InventoryTaken>().Inventory.Disks.Single();
        var order = new NeutraliseOrder { Disk = disk.Identity, DiskStateHash = DiskState.Hash(disk) };
        order = order with { Changes = (await AgentRun.StartAsync(world, new TestInput(AgentRun.Line(order)), Token, "neutralise")).Terminal<NeutraliseProposed>().Changes };

        var run = await AgentRun.StartAsync(world, new TestInput(AgentRun.Line(order)), Token, "neutralise");

        run.Terminal<DiskNeutralised>();
        Assert.DoesNotContain(run.Events, line => line is AgentWarning);
        string[] neutral = ["EFI", "BIOS", "old-BOOT", "old-META", "old-STATE", "old-EPHEMERAL", "ceph"];
        Assert.Equal(neutral, Sgdisk.Names(loop.Path));
        if (kernelReadsGpt) Assert.Equal(neutral, loop.KernelPartitionNames());
    }
}
