using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks;

/// <summary>
/// What the UEFI boot entries mean for the new node. Network boot has to stay first, or the rescue system can no longer be
/// reached; the image brings no entry of its own, so every active entry of another disk comes before it.
/// </summary>
internal static class EfiBootOrder
{
    /// <summary>The variables are mounted read-only in Hetzner's rescue system.</summary>
    private const string Writable = "mount -o remount,rw /sys/firmware/efi/efivars && ";

    public static IEnumerable<BootThreat> Threats(IReadOnlyList<BlockDevice> others, EfiBoot? boot)
    {
        foreach (var entry in Started(boot).Where(e => !e.Network && e.PartUuid is not null))
        {
            if (others.FirstOrDefault(d => d.Partitions.Any(p => string.Equals(p.PartUuid, entry.PartUuid, StringComparison.OrdinalIgnoreCase))) is not { } disk) continue;
            yield return new BootThreat(disk.Identity, "boot.efi-entry", false,
                $"EFI boot entry {entry.Number} \"{entry.Description}\" starts {entry.Path ?? "a loader"} from it",
                "the firmware starts that before it looks for a loader on the new disk", $"{Writable}efibootmgr -b {entry.Number} -A");
        }
    }

    /// <summary>Null when network boot comes first, or when nothing is known.</summary>
    public static string? NetworkWarning(EfiBoot? boot)
    {
        var started = Started(boot).ToList();
        if (started.Count == 0 || started[0].Network) return null;
        var first = $"the first active EFI boot entry is {started[0].Number} \"{started[0].Description}\", not network boot";
        const string consequence = "once a system is installed, a reset may no longer reach the rescue system";
        if (!boot!.Entries.Any(e => e.Network))
            return $"boot.efi-network: {first}, and there is no entry for network boot; {consequence}; turn network boot on in the firmware's setup (Hetzner's KVM console)";
        var activate = boot.Entries.Any(e => e is { Network: true, Active: true }) ? "" : $"efibootmgr -b {boot.Entries.First(e => e.Network).Number} -a && ";
        var order = boot.Entries.Where(e => e.Network).Concat(boot.Entries.Where(e => !e.Network && e.Ordered)).Select(e => e.Number);
        return $"boot.efi-network: {first}; {consequence}; {Writable}{activate}efibootmgr -o {string.Join(',', order)}";
    }

    private static IEnumerable<EfiBootEntry> Started(EfiBoot? boot) => boot?.Entries.Where(e => e is { Active: true, Ordered: true }) ?? [];
}
