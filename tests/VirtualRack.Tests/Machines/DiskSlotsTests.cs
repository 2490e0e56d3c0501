using Kronform.Provision.VirtualRack.Description;
using Kronform.Provision.VirtualRack.Machines;

namespace Kronform.Provision.VirtualRack.Tests.Machines;

public sealed class DiskSlotsTests
{
    private static readonly DiskDescription[] Disks =
        [Disk("n", DiskBus.Nvme), Disk("a", DiskBus.Sata), Disk("b", DiskBus.Sata), Disk("v", DiskBus.Virtio)];

    [Fact]
    public void Two_of_a_bus_swap_places_and_a_lonely_one_stays()
    {
        Assert.Equal("n4 a0 b1 v16", Text(0));
        Assert.Equal("n4 a1 b0 v16", Text(1));
        Assert.Equal(Text(0), Text(2));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public void The_firmwares_order_is_the_descriptions_however_disks_are_plugged(int shift) =>
        Assert.Equal([1, 2, 3, 4], Disks.Select(d => DiskSlots.Of(Disks, shift).Single(s => s.Disk == d).BootIndex));

    private static string Text(int shift) => string.Join(' ', DiskSlots.Of(Disks, shift).Select(s => $"{s.Disk.Name}{s.Place}"));

    private static DiskDescription Disk(string name, DiskBus bus) =>
        new(name, bus, 1L << 30, name, null, null, false, 512, DiskRole.Data, DiskFill.None, null);
}
