using Kronform.Provision.VirtualRack.Disks;

namespace Kronform.Provision.VirtualRack.Tests.PowerCuts;

internal enum CutOutcome
{
    /// <summary>The old system, whole but perhaps for its table's first or last sector.</summary>
    Old,

    /// <summary>Nothing that any firmware could start.</summary>
    Nothing,

    /// <summary>The image, whole but perhaps for the first sector.</summary>
    Complete,

    /// <summary>Something could be started that is neither.</summary>
    Hybrid,
}

/// <param name="After">So many commands the disk had been given.</param>
internal sealed record PowerCut(int After, int Seed, CutOutcome Outcome, string What, DiskContent Disk);

/// <summary>
/// Power cuts during a recorded boot. What was flushed is there; of what was written since, each command is there, not there, or
/// torn: any of its sectors old, any new, as a disk of 512 byte sectors may leave it.
/// </summary>
internal sealed class PowerCutTrial(WriteRecord record, DiskContent before)
{
    private const int Sector = 512;

    /// <summary>So near to a flush half of all cuts are: there the order of things is decided, and there are few of them.</summary>
    private const int NearFlush = 4;

    private readonly DiskContent _after = Replay(record, before, record.Entries.Count);

    public DiskContent After => _after;

    /// <summary>The first cut is before the first command, the second after the last; the others come in order of time.</summary>
    public IEnumerable<PowerCut> Cut(int count, int seed)
    {
        yield return Judge(0, seed, before.Copy());
        yield return Judge(record.Entries.Count, seed, _after.Copy());
        var random = new Random(seed);
        var flushes = Enumerable.Range(0, record.Entries.Count).Where(at => record.Entries[at].Flushes).ToArray();
        var places = Enumerable.Range(0, count - 2).Select(number => number % 2 == 0
            ? random.Next(record.Entries.Count + 1)
            : Math.Clamp(flushes[random.Next(flushes.Length)] + random.Next(-NearFlush, NearFlush + 1), 0, record.Entries.Count));
        var (durable, flushed) = (before.Copy(), 0);
        foreach (var after in places.Order())
        {
            var lastFlush = Array.FindLast(flushes, at => at < after) is var at && flushes.Length > 0 && flushes[0] < after ? at + 1 : 0;
            for (; flushed < lastFlush; flushed++) durable.Write(record.Entries[flushed].Offset, record.Data(record.Entries[flushed]));
            var cutSeed = random.Next();
            var disk = durable.Copy();
            foreach (var entry in record.Entries.Take(after).Skip(flushed)) Leave(disk, entry, new Random(cutSeed ^ (int)entry.DataOffset));
            yield return Judge(after, cutSeed, disk);
        }
    }

    private void Leave(DiskContent disk, WriteEntry entry, Random random)
    {
        var data = record.Data(entry);
        switch (random.Next(3))
        {
            case 0:
                disk.Write(entry.Offset, data);
                break;
            case 1:
                for (var at = 0; at < data.Length; at += Sector)
                    if (random.Next(2) == 0) disk.Write(entry.Offset + at, data.AsSpan(at, Math.Min(Sector, data.Length - at)));
                break;
            default:
                break;
        }
    }

    private PowerCut Judge(int after, int seed, DiskContent disk)
    {
        var startable = StartableTables.Find(disk);
        if (startable.Count == 0) return new PowerCut(after, seed, CutOutcome.Nothing, "nothing to start", disk);
        // A sector that is left out is zero or as it should be: whatever else it held would be a third thing to start.
        var lastSector = disk.SizeBytes - Sector;
        (long, int)[] endsIfZero = [.. new[] { 0, lastSector }.Where(at => !disk.Read(at, Sector).AsSpan().ContainsAnyExcept((byte)0)).Select(at => (at, Sector))];
        var fromOld = disk.FirstDifference(before, endsIfZero);
        if (fromOld is null) return new PowerCut(after, seed, CutOutcome.Old, $"the old system, by {string.Join(", ", startable)}", disk);
        var fromImage = disk.FirstDifference(_after, endsIfZero);
        return fromImage is null
            ? new PowerCut(after, seed, CutOutcome.Complete, $"the image, by {string.Join(", ", startable)}", disk)
            : new PowerCut(after, seed, CutOutcome.Hybrid,
                $"after {after} of {record.Entries.Count} commands (seed {seed}) {string.Join(", ", startable)} would be started, but byte {fromOld} is not the old system's and byte {fromImage} not the image's", disk);
    }

    private static DiskContent Replay(WriteRecord record, DiskContent before, int entries)
    {
        var disk = before.Copy();
        foreach (var entry in record.Entries.Take(entries)) disk.Write(entry.Offset, record.Data(entry));
        return disk;
    }
}
