using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks;

/// <summary>
/// What the disks that are not written to could do to the new node. Only Talos's own node partitions stop a run, because Talos
/// searches every disk for them whatever the firmware does. What is merely bootable (EFI system partitions, boot code, boot
/// entries) is told and stops nothing: the firmware picks by an order of its own that cannot be read on BIOS machines, most of it
/// is never started, and on storage servers other disks carry some of it for good reasons.
/// </summary>
public static class BootThreats
{
    /// <summary>Talos looks for these names on every disk, in name order, and believes the first.</summary>
    private static readonly Dictionary<string, string> NodeConsequences = new(StringComparer.Ordinal)
    {
        ["META"] = "Talos would take this META for its own and miss what was written to the new disk",
        ["STATE"] = "Talos would load the old machine config from it and never reach maintenance mode",
        ["EPHEMERAL"] = "Talos would keep the node's data there instead of on the new disk",
    };

    /// <param name="others">Every disk but the one to write to.</param>
    /// <param name="machine">Firmware, boot entries and the image's PARTUUIDs, as far as they are known.</param>
    public static IReadOnlyList<BootThreat> Find(IReadOnlyList<BlockDevice> others, MachineFacts machine) =>
        [.. others.SelectMany(d => Of(d, others, machine)), .. EfiBootOrder.Threats(others, machine.EfiBoot)];

    private static IEnumerable<BootThreat> Of(BlockDevice disk, IReadOnlyList<BlockDevice> others, MachineFacts machine)
    {
        var remedies = new ThreatRemedies(disk, others);
        foreach (var partition in disk.Partitions.OrderBy(p => p.Number).ThenBy(p => p.Table, StringComparer.Ordinal))
        {
            foreach (var threat in OfPartition(disk, partition, remedies, machine)) yield return threat;
        }

        if (disk.BootCode)
            yield return new BootThreat(disk.Identity, "boot.mbr-code", false, "boot code in its first sector",
                machine.Firmware == "uefi" ? "firmware that also boots in the old way (CSM) could start it instead of Talos"
                    : "BIOS firmware starts it instead of Talos if it puts this disk first", remedies.OfBootCode());
        foreach (var (signature, where) in RaidMarks(disk))
            yield return new BootThreat(disk.Identity, "boot.raid", false, $"{RaidTitle(signature)} {where}",
                "once assembled, the array is one more device, sorted before nvme and sd, that Talos searches for its partitions",
                "leave it where the array is wanted; a leftover is removed by mdadm --stop of the array and mdadm --zero-superblock of this member");
    }

    private static IEnumerable<BootThreat> OfPartition(BlockDevice disk, Partition partition, ThreatRemedies remedies, MachineFacts machine)
    {
        var where = DiskGuards.Place(partition);
        if (partition.Label is { } label && NodeConsequences.TryGetValue(label, out var consequence))
            yield return new BootThreat(disk.Identity, $"boot.talos-{label.ToLowerInvariant()}", true, $"{label} of an old Talos ({where})",
                consequence, remedies.OfLabel(partition, label));
        else if (partition.Label == "BOOT")
            yield return new BootThreat(disk.Identity, "boot.talos-boot", false, $"BOOT of an old Talos ({where})",
                "its loader could be started instead of the new one", remedies.OfLabel(partition, "BOOT"));
        if (TalosLayout.IsEfiSystem(partition))
            yield return new BootThreat(disk.Identity, "boot.efi-system", false, $"an EFI system partition ({where})",
                machine.Firmware == "bios" ? "UEFI firmware could start its loader instead of Talos's, should the server ever boot that way"
                    : "the firmware could start its loader instead of Talos's",
                "put the new disk first in the firmware's boot order if that happens");
    }

    private static IEnumerable<(Signature Signature, string Where)> RaidMarks(BlockDevice disk)
    {
        static bool IsRaid(Signature s) => DataSignatures.Kind(s) is "linux_raid_member" or "isw_raid_member" or "ddf_raid_member";
        foreach (var signature in disk.Signatures.Where(IsRaid)) yield return (signature, $"on the disk itself, byte {signature.OffsetBytes}");
        foreach (var partition in disk.Partitions)
        {
            foreach (var signature in partition.Signatures.Where(IsRaid)) yield return (signature, $"in {DiskGuards.Place(partition)}");
        }
    }

    private static string RaidTitle(Signature signature)
    {
        var name = signature.Label ?? signature.Uuid;
        return $"a member of the RAID array{(name is null ? "" : $" \"{name}\"")}{(signature.Version is null ? "" : $", superblock {signature.Version},")}";
    }
}
