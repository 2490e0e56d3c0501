using Kronform.Provision.Protocol;
using Kronform.Provision.Talos;
using ToldDisk = Kronform.Provision.Talos.TalosDisk;

namespace Kronform.Provision.Disks.Inventories;

/// <summary>
/// What Talos tells of a machine's disks: the disks themselves, and from 1.7 on one mark of each disk and partition. It is a view of
/// its own, not the agent's: no backup tables, no second marks, nothing of arrays and health.
/// </summary>
internal static class TalosInventory
{
    private const string NotTold = "Talos does not tell what is on it";

    /// <summary>Talos's names of what it recognises, as blkid spells them (go-blockdevice, blkid); names that both share are left out.</summary>
    private static readonly Dictionary<string, string> Kinds = new(StringComparer.Ordinal)
    {
        ["bluestore"] = "ceph_bluestore",
        ["lvm2-pv"] = "lvm2_member",
        ["luks"] = "crypto_luks",
        ["zfs"] = "zfs_member",
        ["extfs"] = "ext4",
    };

    private static readonly string[] NotDisks = ["loop", "md", "dm-", "ram", "zram", "nbd", "drbd", "sr", "sg"];

    /// <param name="disks">As Talos lists them; what is no disk is left out here.</param>
    /// <param name="volumes">Null when this version of Talos does not tell, or was not asked.</param>
    /// <param name="system">Kernel name of the disk Talos runs from; null when it is not known.</param>
    /// <param name="found">How Talos was asked.</param>
    /// <param name="evidence">The same as half a sentence.</param>
    public static DiskInventory Of(
        IReadOnlyList<ToldDisk> disks, IReadOnlyList<TalosVolume>? volumes, string? system, InventoryState found, string evidence)
    {
        var real = disks.Where(d => !d.CdRom && d.SizeBytes > 0 && !NotDisks.Any(n => d.Name.StartsWith(n, StringComparison.Ordinal))).ToList();
        var untold = real.Where(d => volumes is not null && volumes.All(v => v.Name != d.Name)).ToList();
        return new DiskInventory
        {
            Found = found,
            Evidence = evidence,
            Contents = volumes is null ? InventoryContents.NotTold : InventoryContents.Partial,
            Guesses = [.. Guesses(real, volumes, untold)],
            Disks = [.. real.Select(d => ToDevice(d, volumes, d.Name == system))],
        };
    }

    private static IEnumerable<string> Guesses(List<ToldDisk> disks, IReadOnlyList<TalosVolume>? volumes, List<ToldDisk> untold)
    {
        if (volumes is null) yield return "Talos did not tell what is on the disks: every disk was taken for one that holds data";
        else yield return "Talos's own view, one mark of each disk and partition: others may hide below it";
        if (untold.Count > 0) yield return $"Talos did not tell what is on {Names(untold)}: taken for data";
        if (volumes is not null && volumes.Any(v => v.Parent.Length > 0) && volumes.All(v => v.OffsetBytes == 0))
            yield return "this Talos does not tell where partitions lie";
        var sectors = disks.Where(d => d.SectorBytes == 0).ToList();
        if (sectors.Count > 0) yield return $"the sector size of {Names(sectors)} is not told: 512 bytes were assumed";
        var transports = disks.Where(d => d.Transport.Length == 0).ToList();
        if (transports.Count > 0) yield return $"the transport of {Names(transports)} is not told";
        yield return "arrays, volumes, boot code and health are not in Talos's answer";
    }

    private static BlockDevice ToDevice(ToldDisk disk, IReadOnlyList<TalosVolume>? volumes, bool isSystem)
    {
        int sector = disk.SectorBytes > 0 ? disk.SectorBytes : DiskGuards.ImageSectorBytes;
        var whole = volumes?.FirstOrDefault(v => v.Name == disk.Name);
        return new BlockDevice
        {
            Name = disk.Name,
            SizeBytes = disk.SizeBytes,
            LogicalSectorBytes = sector,
            PhysicalSectorBytes = disk.IoBytes > 0 ? disk.IoBytes : sector,
            Model = NullIfEmpty(disk.Model),
            Serial = NullIfEmpty(disk.Serial),
            Wwn = WwnOf(disk.Wwid),
            Transport = NullIfEmpty(disk.Transport),
            Rotational = disk.Rotational,
            ReadOnly = disk.ReadOnly,
            BusPath = NullIfEmpty(disk.BusPath),
            Modalias = NullIfEmpty(disk.Modalias),
            Uuid = NullIfEmpty(disk.Uuid),
            ByIdLinks = [.. disk.Symlinks.Where(l => l.StartsWith("/dev/disk/by-id/", StringComparison.Ordinal)).Select(l => l.Split('/')[^1]).Order(StringComparer.Ordinal)],
            Mounts = isSystem ? ["the running Talos"] : [],
            Signatures = whole is null ? [DiskInventory.UnknownContents(NotTold)] : [.. MarkOf(whole, whole.Content == "gpt" ? sector : 0)],
            Partitions = [.. (volumes ?? []).Where(v => v.Parent == disk.Name).OrderBy(v => v.PartitionIndex).Select(ToPartition)],
        };
    }

    private static Partition ToPartition(TalosVolume volume) => new()
    {
        Number = volume.PartitionIndex,
        OffsetBytes = volume.OffsetBytes,
        SizeBytes = volume.SizeBytes,
        Type = NullIfEmpty(volume.PartitionType)?.ToUpperInvariant(),
        Label = NullIfEmpty(volume.PartitionLabel),
        PartUuid = NullIfEmpty(volume.PartitionUuid),
        Signatures = [.. MarkOf(volume, volume.OffsetBytes)],
    };

    private static IEnumerable<Signature> MarkOf(TalosVolume volume, long offset)
    {
        if (volume.Content.Length > 0)
            yield return new Signature(Kinds.GetValueOrDefault(volume.Content, volume.Content), offset, NullIfEmpty(volume.Label), NullIfEmpty(volume.Uuid));
    }

    /// <summary>As the rescue system would spell it.</summary>
    private static string? WwnOf(string wwid) => wwid.StartsWith("naa.", StringComparison.Ordinal) ? "0x" + wwid[4..] : NullIfEmpty(wwid);

    private static string? NullIfEmpty(string text) => text.Trim() is { Length: > 0 } trimmed ? trimmed : null;

    private static string Names(IEnumerable<ToldDisk> disks) => string.Join(", ", disks.Select(d => d.Name));
}
