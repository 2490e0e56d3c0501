using Kronform.Provision.Agent.Inventory.Tables;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Neutralising;

/// <summary>Edits to a disk, kept in memory as whole sectors before and after. A sector stays where it was first edited in the order.</summary>
internal sealed class SectorEdits(ByteReader read, int sectorBytes)
{
    private readonly Dictionary<long, Sector> _sectors = [];
    private int _step;

    /// <summary>Begins a step that is written only when everything before it is on the disk.</summary>
    public void NextStep() => _step++;

    public void Put(long offset, ReadOnlySpan<byte> bytes, string what)
    {
        for (var at = offset; at < offset + bytes.Length;)
        {
            var start = at / sectorBytes * sectorBytes;
            var length = (int)(Math.Min(start + sectorBytes, offset + bytes.Length) - at);
            var part = bytes.Slice((int)(at - offset), length);
            var known = _sectors.TryGetValue(start, out var sector);
            if (!known)
            {
                var before = read(start, sectorBytes);
                sector = new Sector(_step, before, before.ToArray(), []);
            }
            var place = sector!.After.AsSpan((int)(at - start), length);
            if (!place.SequenceEqual(part))
            {
                part.CopyTo(place);
                if (!sector.What.Contains(what)) sector.What.Add(what);
                if (!known) _sectors.Add(start, sector);
            }
            at += length;
        }
    }

    /// <summary>In the order of writing: by step, then by place; neighbours of one step are one change.</summary>
    public IReadOnlyList<ByteChange> Changes()
    {
        var changes = new List<ByteChange>();
        int? lastStep = null;
        foreach (var (offset, sector) in _sectors.OrderBy(pair => pair.Value.Step).ThenBy(pair => pair.Key))
        {
            if (sector.Before.AsSpan().SequenceEqual(sector.After)) continue;
            if (lastStep == sector.Step && changes[^1] is var last && last.OffsetBytes + last.Before.Length == offset)
            {
                var what = last.What.Split("; ").Concat(sector.What).Distinct();
                changes[^1] = new ByteChange(last.OffsetBytes, [.. last.Before, .. sector.Before], [.. last.After, .. sector.After], string.Join("; ", what));
            }
            else changes.Add(new ByteChange(offset, sector.Before, sector.After, string.Join("; ", sector.What)));
            lastStep = sector.Step;
        }
        return changes;
    }

    private sealed record Sector(int Step, byte[] Before, byte[] After, List<string> What);
}
