using System.Text;
using Kronform.Provision.Agent.Imaging.Meta;
using Kronform.Provision.Agent.Inventory.Tables;
using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Inventory.Signatures;

/// <summary>Looks at every place where some software leaves its mark.</summary>
internal static class SignatureProbe
{
    /// <summary>
    /// A place that the device cannot read is reported under this name: what lies there is not known, and that must not
    /// look like an empty disk.
    /// </summary>
    public const string Unreadable = "unreadable";

    /// <summary>
    /// Where LVM puts its first logical volume and every partitioning tool the first partition. When the first MiB is gone, label
    /// and table with it, what begins there is still whole: the BlueStore of a logical volume, a file system.
    /// </summary>
    private const long SecondStart = 1 << 20;

    /// <summary>What the disk or partition carries, by place. Never throws for what is on the disk, nor for what cannot be read.</summary>
    /// <param name="startBytes">Where the volume begins on the disk; signatures are reported from the start of the disk.</param>
    public static IReadOnlyList<Signature> Probe(IDiskDevice disk, long startBytes, long sizeBytes, bool wholeDisk)
    {
        var volume = new VolumeBytes(disk, startBytes, sizeBytes);
        var found = new SortedSet<Signature>(Comparer<Signature>.Create((a, b) =>
            a.OffsetBytes != b.OffsetBytes ? a.OffsetBytes.CompareTo(b.OffsetBytes) : string.CompareOrdinal(a.Kind, b.Kind)));

        void Look(long start, long at, Func<IEnumerable<Signature>> look)
        {
            try
            {
                foreach (var signature in look()) found.Add(signature with { OffsetBytes = startBytes + start + signature.OffsetBytes });
            }
            catch (DiskIoException)
            {
                found.Add(new Signature(Unreadable, startBytes + start + at));
            }
        }

        void LookAtAll(VolumeBytes within, long start, bool fromStartOnly)
        {
            foreach (var rule in SignatureTable.Rules)
                foreach (var place in rule.Places)
                {
                    if (fromStartOnly && !place.IsFromStart) continue;
                    var offset = place.In(within.SizeBytes);
                    if (!within.Contains(offset, rule.BlockBytes)) continue;
                    Look(start, offset, () => rule.Match(within.Read(offset, rule.BlockBytes), offset) is { } match ? [match] : []);
                }
            foreach (var place in ZfsLabels.Places.Where(place => place.IsFromStart || !fromStartOnly))
            {
                var offset = place.In(within.SizeBytes);
                Look(start, offset, () => ZfsLabels.FindAt(within, offset));
            }
            Look(start, 0, () => LvmLabels.Find(within));
        }

        // Each place by itself: one that cannot be read must not hide the copy in another.
        LookAtAll(volume, 0, fromStartOnly: false);
        Look(0, Math.Max(0, volume.SizeBytes - SecondStart), () => LvmLabels.FindLastArea(volume));
        if (volume.SizeBytes > SecondStart)
            LookAtAll(new VolumeBytes(disk, startBytes + SecondStart, sizeBytes - SecondStart), SecondStart, fromStartOnly: true);
        foreach (var offset in new long[] { 0, MetaBlock.Bytes }) Look(0, offset, () => MetaMark(volume, offset));
        if (wholeDisk)
        {
            foreach (var offset in new[] { 512, 4096, (volume.SizeBytes / disk.LogicalSectorBytes - 1) * disk.LogicalSectorBytes }.Distinct())
                Look(0, offset, () => GptMark(volume, offset));
            // A boot sector of FAT and NTFS ends like an MBR, and its code may even pass for entries.
            if (!found.Any(mark => mark.OffsetBytes < 512 && mark.Kind is "vfat" or "ntfs" or "exfat"))
                Look(0, 0, () => MbrMark(volume, disk.LogicalSectorBytes));
        }
        return [.. found];
    }

    private static IEnumerable<Signature> MetaMark(VolumeBytes volume, long offset) =>
        volume.Contains(offset, MetaBlock.Bytes) && MetaBlock.TryParse(volume.Read(offset, MetaBlock.Bytes)) is not null
            ? [new Signature("talosmeta", offset)]
            : [];

    private static IEnumerable<Signature> GptMark(VolumeBytes volume, long offset) =>
        volume.Contains(offset, 512) && volume.Read(offset, 8).AsSpan().SequenceEqual(Encoding.ASCII.GetBytes(GptTable.Magic))
            ? [new Signature("gpt", offset)]
            : [];

    private static IEnumerable<Signature> MbrMark(VolumeBytes volume, int sector)
    {
        if (!volume.Contains(0, 512)) return [];
        var entries = MbrTable.Read(volume.Reader, volume.SizeBytes, sector);
        return entries is not null && entries.All(entry => entry.Type != MbrTable.Protective) ? [new Signature("dos", 510)] : [];
    }
}
