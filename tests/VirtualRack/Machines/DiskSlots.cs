using Kronform.Provision.VirtualRack.Description;

namespace Kronform.Provision.VirtualRack.Machines;

/// <param name="Place">SATA: the port. NVMe and virtio: the PCI slot.</param>
/// <param name="BootIndex">The firmware's order, which follows the description however the places are shuffled.</param>
public sealed record DiskSlot(DiskDescription Disk, int Place, int BootIndex);

/// <summary>
/// Decides where disks are plugged in, and with that their letters: Linux names SATA disks by port and NVMe disks by PCI
/// slot. A shift moves the disks of each bus round by so many places, so with two of a kind every odd shift swaps them.
/// </summary>
public static class DiskSlots
{
    private const int FirstNvme = 0x04;
    private const int FirstVirtio = 0x10;

    public static IReadOnlyList<DiskSlot> Of(IEnumerable<DiskDescription> disks, int shift) =>
    [
        .. disks.Select((disk, index) => (Disk: disk, BootIndex: index + 1))
            .GroupBy(d => d.Disk.Bus)
            .SelectMany(bus => Rotated([.. bus], shift).Select((d, place) => new DiskSlot(d.Disk, First(bus.Key) + place, d.BootIndex)))
            .OrderBy(s => s.BootIndex),
    ];

    private static int First(DiskBus bus) => bus switch
    {
        DiskBus.Nvme => FirstNvme,
        DiskBus.Virtio => FirstVirtio,
        _ => 0,
    };

    private static IEnumerable<T> Rotated<T>(IReadOnlyList<T> items, int shift) =>
        items.Skip(shift % items.Count).Concat(items.Take(shift % items.Count));
}
