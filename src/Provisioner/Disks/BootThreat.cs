using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks;

/// <summary>Something on a disk that is not written to, which could still decide what the server boots or what Talos believes.</summary>
/// <param name="Disk">The disk it is on.</param>
/// <param name="Code">Stable name, e.g. <c>boot.talos-state</c>.</param>
/// <param name="Stops">Whether a run must not start; otherwise it is told only.</param>
/// <param name="Evidence">What was found and where.</param>
/// <param name="Consequence">What would happen.</param>
/// <param name="Remedy">The narrowest thing to do about it.</param>
public sealed record BootThreat(DiskIdentity Disk, string Code, bool Stops, string Evidence, string Consequence, string Remedy)
{
    public override string ToString() => $"{Code}: {Evidence}; {Consequence}";
}

public static class BootThreats
{
    /// <summary>Talos looks for these names on every disk, in name order, and believes the first.</summary>
    private static readonly Dictionary<string, string> NodeConsequences = new(StringComparer.Ordinal)
    {
        ["META"] = "Talos would take this META for its own and miss what was written to the new disk",
        ["STATE"] = "Talos would load the old machine config from it and never reach maintenance mode",
        ["EPHEMERAL"] = "Talos would keep the node's data there instead of on the new disk",
    };

    public static IReadOnlyList<BootThreat> Find(IReadOnlyList<BlockDevice> others) => [.. others.SelectMany(Of)];

    private static IEnumerable<BootThreat> Of(BlockDevice disk)
    {
        foreach (var partition in disk.Partitions)
        {
            var where = DiskGuards.Place(partition);
            if (partition.Label is { } label && NodeConsequences.TryGetValue(label, out var consequence))
                yield return new BootThreat(disk.Identity, $"boot.talos-{label.ToLowerInvariant()}", true, $"{label} of an old Talos ({where})",
                    consequence, Rename(disk, partition, label));
            else if (partition.Label == "BOOT")
                yield return new BootThreat(disk.Identity, "boot.talos-boot", false, $"BOOT of an old Talos ({where})",
                    "its loader could be started instead of the new one", Rename(disk, partition, "BOOT"));
            if (TalosLayout.IsEfiSystem(partition))
                yield return new BootThreat(disk.Identity, "boot.efi-system", false, $"an EFI system partition ({where})",
                    "the firmware could start its loader instead of Talos's", "put the new disk first in the firmware's boot order if that happens");
        }
    }

    /// <summary>Changes sixteen-odd bytes of the table and nothing of the data; the disk is named by what survives a reboot.</summary>
    private static string Rename(BlockDevice disk, Partition partition, string label)
    {
        var device = disk.ByIdLinks.Order(StringComparer.Ordinal).FirstOrDefault() is { } link
            ? $"/dev/disk/by-id/{link}" : $"(the device with {disk.Identity})";
        return $"if that Talos is no longer wanted: sgdisk --change-name={partition.Number}:old-{label} {device}";
    }
}
