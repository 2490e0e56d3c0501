using Kronform.Provision.Agent.Writing;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests.Writing;

public sealed class WipePlanTests
{
    private const long KiB = 1 << 10;
    private const long MiB = 1 << 20;

    [Fact]
    public void An_empty_disk_loses_its_first_and_last_MiB() =>
        Assert.Equal([new ByteRange(0, MiB), new ByteRange(99 * MiB, MiB)], WipePlan.For(Disk(100 * MiB)));

    [Fact]
    public void A_disk_whose_end_is_no_multiple_of_4_KiB_is_wiped_to_its_last_sector()
    {
        const long size = 100 * MiB + 512 * 3;

        var last = WipePlan.For(Disk(size))[^1];

        Assert.Equal(size, last.End);
        Assert.True(last.Length >= MiB && last.Offset % 4096 == 0, last.ToString());
    }

    [Fact]
    public void Both_ends_of_partitions_and_the_places_of_marks_are_wiped()
    {
        var disk = Disk(1000 * MiB) with
        {
            Signatures = [new Signature("btrfs", 64 * MiB + 65 * KiB)],
            Partitions =
            [
                new Partition { Number = 1, OffsetBytes = 200 * MiB, SizeBytes = 100 * MiB, Signatures = [new Signature("crypto_luks", 204 * MiB)] },
                new Partition { Number = 2, OffsetBytes = 400 * MiB, SizeBytes = 1 * KiB },
            ],
        };

        var plan = WipePlan.For(disk);

        foreach (var place in new[] { 0, 999 * MiB, 64 * MiB + 65 * KiB, 200 * MiB, 201 * MiB - 1, 299 * MiB, 300 * MiB - 1, 204 * MiB, 204 * MiB + 4 * KiB, 400 * MiB })
            Assert.True(plan.Any(range => range.Offset <= place && place < range.End), $"{place} is not in {string.Join(" ", plan)}");
        foreach (var place in new[] { 30 * MiB, 150 * MiB, 250 * MiB, 500 * MiB })
            Assert.DoesNotContain(plan, range => range.Offset <= place && place < range.End);
    }

    [Fact]
    public void Ranges_are_sorted_apart_and_inside_the_disk_whatever_the_table_claims()
    {
        var disk = Disk(10 * MiB) with
        {
            Partitions =
            [
                new Partition { Number = 1, OffsetBytes = 8 * MiB, SizeBytes = 500 * MiB },
                new Partition { Number = 2, OffsetBytes = 512, SizeBytes = 9 * MiB },
                new Partition { Number = 3, OffsetBytes = 900 * MiB, SizeBytes = 9 * MiB },
            ],
        };

        var plan = WipePlan.For(disk);

        Assert.Equal(0, plan[0].Offset);
        Assert.All(plan, range => Assert.True(range.Length > 0 && range.End <= 10 * MiB && range.Offset % 4096 == 0, range.ToString()));
        Assert.All(plan.Zip(plan.Skip(1)), pair => Assert.True(pair.First.End < pair.Second.Offset));
    }

    private static BlockDevice Disk(long bytes) => new() { Name = "sda", SizeBytes = bytes, LogicalSectorBytes = 512, PhysicalSectorBytes = 4096 };
}
