using Kronform.Provision.Disks;
using Kronform.Provision.Protocol;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Disks.Samples;

namespace Kronform.Provision.Provisioner.Tests.Disks;

public sealed class InterruptedWriteTests
{
    private static readonly Partition Boot = new() { Number = 3, Label = "BOOT", OffsetBytes = 52428800, SizeBytes = 4194304, Signatures = [new Signature("ext4", 1080, "BOOT")] };

    private static readonly BlockDevice BeforeCommit = Nvme("S1") with { Partitions = [], Signatures = [new Signature("vfat", 1048658, "EFI")] };

    private static readonly BlockDevice AfterCommit = Nvme("S1") with
    {
        Partitions = [Boot, new Partition { Number = 4, Label = "META", OffsetBytes = 57671680, SizeBytes = 1048576, Signatures = [new Signature("talosmeta", 0)] }],
        Signatures = [new Signature("gpt", 512), new Signature("pmbr", 510)],
    };

    public static TheoryData<BlockDevice, bool> Disks { get; } = new()
    {
        { BeforeCommit, true },
        { AfterCommit, true },
        { BeforeCommit with { Signatures = [] }, false },
        { BeforeCommit with { Signatures = [.. BeforeCommit.Signatures, new Signature("ceph_bluestore", 1073741824)] }, false },
        { BeforeCommit with { Signatures = [new Signature("vfat", 82)] }, false },
        { BeforeCommit with { Signatures = [.. BeforeCommit.Signatures, new Signature("gpt", 512)] }, false },
        { BeforeCommit with { Partitions = [new Partition { Number = 1, OffsetBytes = 1048576, SizeBytes = 1048576 }] }, false },
        { BeforeCommit with { Mounts = ["/mnt"] }, false },
        { AfterCommit with { Partitions = [.. AfterCommit.Partitions, new Partition { Number = 5, Label = "STATE", OffsetBytes = 58720256, SizeBytes = 1048576 }] }, false },
        { AfterCommit with { Partitions = [Boot with { Signatures = [new Signature("lvm2_member", 536)] }] }, false },
    };

    [Theory]
    [MemberData(nameof(Disks))]
    public void Only_what_an_image_holds_is_a_write_that_was_interrupted(BlockDevice disk, bool interrupted) =>
        Assert.Equal(interrupted, InterruptedWrite.IsAllThatIsOn(disk));

    public static TheoryData<BlockDevice> Left { get; } = [BeforeCommit, AfterCommit];

    [Theory]
    [MemberData(nameof(Left))]
    public void The_disk_that_this_run_began_is_selected_again_without_anybody_giving_up_data(BlockDevice disk)
    {
        var criteria = Selector("v1.13.9", ("serial", "S1"));
        Assert.False(DiskSelection.Choose([disk], criteria, null, []).IsClear);
        Assert.False(DiskSelection.Choose([disk], criteria, null, [], begun: Nvme("S2").Identity).IsClear);

        var plan = DiskSelection.Choose([disk], criteria, null, [], begun: disk.Identity);

        Assert.True(plan.IsClear);
        Assert.Empty(plan.Warnings);
        Assert.Empty(plan.Verdicts[0].Waived);
        Assert.Equal("selected: it alone meets every condition, and it holds only what this run began to write", plan.Verdicts[0].Sentence);
    }

    [Fact]
    public void Data_of_others_on_the_disk_that_this_run_began_is_guarded_as_ever()
    {
        var ceph = BeforeCommit with { Signatures = [.. BeforeCommit.Signatures, new Signature("ceph_bluestore", 1073741824)] };
        Assert.False(DiskSelection.Choose([ceph], Selector("v1.13.9", ("serial", "S1")), null, [], begun: ceph.Identity).IsClear);
    }
}
