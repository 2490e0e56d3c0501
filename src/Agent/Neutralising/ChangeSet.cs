using Kronform.Provision.Agent.Inventory.Tables;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Neutralising;

internal enum ChangeProgress
{
    /// <summary>Every sector is as it was.</summary>
    None,

    /// <summary>Some sectors are as they were and some as they are to be: a power cut came in between.</summary>
    Some,

    All,

    /// <summary>A sector is neither: somebody else wrote there.</summary>
    Foreign,
}

/// <summary>Ordered changes, held against a disk. Pure.</summary>
internal static class ChangeSet
{
    /// <param name="change">The change that is not as expected when the answer is <see cref="ChangeProgress.Foreign"/>.</param>
    public static ChangeProgress Compare(ByteReader read, int sectorBytes, IReadOnlyList<ByteChange> changes, out ByteChange? change)
    {
        var (before, after) = (0, 0);
        foreach (var candidate in changes)
        {
            var now = read(candidate.OffsetBytes, candidate.Before.Length);
            // By sector: a disk finishes sectors, not requests.
            for (var at = 0; at < now.Length; at += sectorBytes)
            {
                var range = at..Math.Min(at + sectorBytes, now.Length);
                var was = candidate.Before.AsSpan(range);
                var becomes = candidate.After.AsSpan(range);
                if (was.SequenceEqual(becomes) && now.AsSpan(range).SequenceEqual(was)) continue;
                if (now.AsSpan(range).SequenceEqual(was)) before++;
                else if (now.AsSpan(range).SequenceEqual(becomes)) after++;
                else
                {
                    change = candidate;
                    return ChangeProgress.Foreign;
                }
            }
        }
        change = null;
        return (before, after) switch { (_, 0) => ChangeProgress.None, (0, _) => ChangeProgress.All, _ => ChangeProgress.Some };
    }

    /// <summary>The disk as it was before any of the changes.</summary>
    public static ByteReader Undone(ByteReader read, IReadOnlyList<ByteChange> changes) => (offset, count) =>
    {
        var bytes = read(offset, count);
        foreach (var change in changes)
        {
            var start = Math.Max(offset, change.OffsetBytes);
            var end = Math.Min(offset + count, change.OffsetBytes + change.Before.Length);
            if (end > start)
                change.Before.AsSpan((int)(start - change.OffsetBytes), (int)(end - start)).CopyTo(bytes.AsSpan((int)(start - offset)));
        }
        return bytes;
    };

    public static bool AreEqual(IReadOnlyList<ByteChange> left, IReadOnlyList<ByteChange> right) =>
        left.Count == right.Count && left.Zip(right).All(pair => pair.First.OffsetBytes == pair.Second.OffsetBytes
            && pair.First.Before.AsSpan().SequenceEqual(pair.Second.Before) && pair.First.After.AsSpan().SequenceEqual(pair.Second.After));
}
