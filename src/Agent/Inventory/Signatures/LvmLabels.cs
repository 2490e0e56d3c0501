using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;
using Kronform.Provision.Agent.Linux;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Inventory.Signatures;

/// <summary>
/// Physical volumes of LVM2: a label in one of the first four sectors, which leads to areas that hold the volume group's
/// description as text (LVM2's <c>format_text/layout.h</c>). ceph-volume is known by the tags it leaves there, and by the names
/// it gives.
/// </summary>
internal static partial class LvmLabels
{
    private const int Sector = 512;
    private const int TypeAt = 24;
    private const int UuidBytes = 32;
    private const int LargestText = 16 << 20;

    /// <summary>How far from the end a second area begins at most: its usual size of 1 MiB, and what rounding down to whole MiB adds.</summary>
    private const int LastAreaWithin = 2 << 20;

    private const int AreaMagicAt = 4;

    private static ReadOnlySpan<byte> AreaMagic => " LVM2 x[5A%r0N*>"u8;

    /// <summary>Where an area's ring of texts begins, after its header; and where the header says which text is the latest.</summary>
    private const int RingAt = 512, LatestAt = 40;

    public static IEnumerable<Signature> Find(VolumeBytes volume)
    {
        for (long at = 0; at < 4 * Sector; at += Sector)
        {
            if (!volume.Contains(at, Sector)) yield break;
            var label = volume.Read(at, Sector);
            if (!label.AsSpan(0, 8).SequenceEqual("LABELONE"u8) || !label.AsSpan(TypeAt, 8).SequenceEqual("LVM2 001"u8)) continue;

            var (uuid, areas) = Header(label);
            foreach (var mark in Marks(at + TypeAt, uuid, areas.Select(area => Latest(volume, area)).FirstOrDefault(found => found is not null)))
                yield return mark;
        }
    }

    /// <summary>
    /// The copy of the text that a volume made with <c>--pvmetadatacopies 2</c> keeps at its end: LVM reads it only by way of the
    /// label, but it says what the rest of the disk is, and from it the group can be restored.
    /// </summary>
    public static IEnumerable<Signature> FindLastArea(VolumeBytes volume)
    {
        for (var end = volume.SizeBytes / Sector * Sector; end > LastAreaWithin && volume.SizeBytes - end < LastAreaWithin; end -= LastAreaWithin / 2)
        {
            var start = end - LastAreaWithin / 2;
            var bytes = volume.Read(start, LastAreaWithin / 2);
            for (var at = 0; at < bytes.Length; at += Sector)
            {
                if (!bytes.AsSpan(at + AreaMagicAt, AreaMagic.Length).SequenceEqual(AreaMagic)) continue;
                // An area names its own place; the end of a partition is at another distance from the disk's start.
                if (BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at + 24)) != start + at) continue;
                foreach (var mark in Marks(start + at + AreaMagicAt, uuid: null, Latest(volume, start + at))) yield return mark;
            }
        }
    }

    private static IEnumerable<Signature> Marks(long at, string? uuid, (long Offset, string Text)? text)
    {
        var group = text is { } latest && GroupName().Match(latest.Text) is { Success: true } named ? named.Groups[1].Value : null;
        yield return new Signature("lvm2_member", at, group ?? uuid, uuid);
        if (group is not null && Ceph(group, text!.Value.Text) is { } ceph) yield return ceph with { OffsetBytes = text.Value.Offset };
    }

    /// <summary>The volume's uuid, with dashes as LVM writes it, and the offsets of the areas with text.</summary>
    private static (string? Uuid, IReadOnlyList<long> Areas) Header(ReadOnlySpan<byte> label)
    {
        var at = BinaryPrimitives.ReadInt32LittleEndian(label[20..]);
        if (at < 32 || at > Sector - UuidBytes - 8) return (null, []);
        var uuid = SignatureFields.Text(label.Slice(at, UuidBytes));
        if (uuid is { Length: UuidBytes })
            uuid = $"{uuid[..6]}-{uuid[6..10]}-{uuid[10..14]}-{uuid[14..18]}-{uuid[18..22]}-{uuid[22..26]}-{uuid[26..]}";

        // After the size two lists of places, each ended by a zero: first where data is, then where text is.
        var areas = new List<long>();
        var list = 0;
        for (at += UuidBytes + 8; at + 16 <= Sector && list < 2; at += 16)
        {
            var offset = BinaryPrimitives.ReadInt64LittleEndian(label[at..]);
            if (offset == 0) list++;
            else if (list == 1) areas.Add(offset);
        }
        return (uuid, areas);
    }

    /// <summary>Null when the area cannot be read, is not one, or describes no group (a volume that belongs to none yet).</summary>
    private static (long Offset, string Text)? Latest(VolumeBytes volume, long area)
    {
        try
        {
            if (!volume.Contains(area, Sector)) return null;
            var header = volume.Read(area, Sector).AsSpan();
            if (!header.Slice(AreaMagicAt, AreaMagic.Length).SequenceEqual(AreaMagic)) return null;
            var areaBytes = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
            var offset = BinaryPrimitives.ReadInt64LittleEndian(header[LatestAt..]);
            var length = BinaryPrimitives.ReadInt64LittleEndian(header[(LatestAt + 8)..]);
            if (offset < RingAt || offset >= areaBytes || length is <= 0 or > LargestText || length > areaBytes - RingAt) return null;

            // A text that reaches the area's end goes on at the beginning of the ring.
            var first = (int)Math.Min(length, areaBytes - offset);
            if (!volume.Contains(area + offset, first) || !volume.Contains(area + RingAt, (int)length - first)) return null;
            byte[] text = [.. volume.Read(area + offset, first), .. length > first ? volume.Read(area + RingAt, (int)length - first) : []];
            return (area + offset, Encoding.UTF8.GetString(text));
        }
        catch (DiskIoException)
        {
            // The label alone says enough; another area may still be readable.
            return null;
        }
    }

    /// <summary>Null for a group that has nothing to do with Ceph.</summary>
    private static Signature? Ceph(string group, string text)
    {
        var numbers = OsdNumber().Matches(text).Select(match => "osd." + match.Groups[1].Value).Distinct().ToArray();
        var uuids = OsdUuid().Matches(text).Select(match => match.Groups[1].Value).Distinct().ToArray();
        if (numbers.Length == 0 && uuids.Length == 0 && !CephGroup().IsMatch(group)) return null;
        return new Signature("ceph_lvm", 0,
            numbers.Length > 0 ? string.Join(", ", numbers) : uuids.Length > 0 ? string.Join(", ", uuids) : group,
            uuids.Length == 1 ? uuids[0] : null);
    }

    [GeneratedRegex(@"\A([A-Za-z0-9+_.-]+) \{")]
    private static partial Regex GroupName();

    [GeneratedRegex("\\bceph\\.osd_id=([0-9]+)")]
    private static partial Regex OsdNumber();

    /// <summary>In a tag, or in the name of a volume: <c>osd-block-…</c>, <c>osd-db-…</c>, <c>osd-wal-…</c>.</summary>
    [GeneratedRegex("(?:\\bceph\\.osd_fsid=|\\bosd-(?:block|db|wal)-)([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")]
    private static partial Regex OsdUuid();

    [GeneratedRegex("\\Aceph-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\z")]
    private static partial Regex CephGroup();
}
