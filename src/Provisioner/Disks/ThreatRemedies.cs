using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks;

/// <summary>
/// What to do about one disk's boot threats. <c>--neutralise</c> names a disk by serial, so without a serial of its own it has to
/// be done by hand; the disk is then named by what survives a reboot.
/// </summary>
internal sealed class ThreatRemedies(BlockDevice disk, IReadOnlyList<BlockDevice> others)
{
    private readonly string? _option = disk.Serial is { } serial && others.Count(d => d.Serial == serial) == 1 ? $"--neutralise {serial}" : null;

    private readonly string _device = disk.ByIdLinks.Order(StringComparer.Ordinal).FirstOrDefault() is { } link
        ? $"/dev/disk/by-id/{link}" : disk.Serial is null && disk.Wwn is null ? $"(today's {disk.Name})" : $"(the device with {disk.Identity})";

    public string OfLabel(Partition partition, string label)
    {
        if (_option is not null) return $"if that Talos is no longer wanted: {_option}";
        return partition.Table == PartitionTables.GptBackup
            ? $"if that Talos is no longer wanted: open {_device} with gdisk, load the table at the disk's end (r, then b) and rename partition {partition.Number} there"
            : $"if that Talos is no longer wanted: sgdisk --change-name={partition.Number}:old-{label} {_device}";
    }

    public string OfBootCode() => _option is not null
        ? $"if nothing is to boot from it: {_option}"
        : $"if nothing is to boot from it: dd if=/dev/zero of={_device} bs=440 count=1 conv=notrunc, which leaves the partition table as it is";
}
