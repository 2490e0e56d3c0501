using Kronform.Provision.Disks;
using Kronform.Provision.Protocol;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Disks.Samples;

namespace Kronform.Provision.Provisioner.Tests.Disks;

public sealed class HalfWrittenTests
{
    private static readonly BlockDevice Left = Nvme("S1") with { Partitions = [], Signatures = [new Signature("vfat", 1048658, "EFI")] };

    public static TheoryData<BlockDevice, bool> Disks { get; } = new()
    {
        { Left, true },
        { Left with { Signatures = [] }, false },
        { Left with { Signatures = [.. Left.Signatures, new Signature("ceph_bluestore", 1073741824)] }, false },
        { Left with { Signatures = [new Signature("vfat", 82)] }, false },
        { Left with { Signatures = [.. Left.Signatures, new Signature("gpt", 512)] }, false },
        { Left with { Partitions = [new Partition { Number = 1, OffsetBytes = 1048576, SizeBytes = 1048576 }] }, false },
        { Left with { Mounts = ["/mnt"] }, false },
    };

    [Theory]
    [MemberData(nameof(Disks))]
    public void Only_file_systems_of_an_image_without_a_table_are_a_write_that_was_interrupted(BlockDevice disk, bool half) =>
        Assert.Equal(half, HalfWritten.HoldsOnlyAnImage(disk));
}
