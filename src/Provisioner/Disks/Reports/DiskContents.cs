using Kronform.Provision.Disks.Inventories;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks.Reports;

/// <summary>What is on a disk in a few words each, whether or not anybody minds.</summary>
internal static class DiskContents
{
    public static IReadOnlyList<string> Describe(BlockDevice disk)
    {
        var contents = new List<string>();
        contents.AddRange(disk.Signatures.OrderBy(s => s.OffsetBytes).ThenBy(s => s.Kind, StringComparer.Ordinal)
            .Select(s => DataSignatures.IsTable(s) ? $"{DataSignatures.Kind(s)} table" : Mark(s)));
        if (disk.BootCode) contents.Add("boot code in the first sector");
        contents.AddRange(disk.Partitions.OrderBy(p => p.Number).ThenBy(p => p.Table, StringComparer.Ordinal).Select(Describe));
        contents.AddRange(disk.Holders.OrderBy(h => h.Name, StringComparer.Ordinal).Select(h => $"held by {h}"));
        contents.AddRange(disk.Mounts.Order(StringComparer.Ordinal).Select(m => m == "[SWAP]" ? "in use as swap" : $"mounted on {m}"));
        return contents;
    }

    public static string? Health(BlockDevice disk) => disk.Smart switch
    {
        null => null,
        { Passed: true } => "passed",
        { Reason: { } reason } => $"failing: {reason}",
        _ => "failing",
    };

    private static string Describe(Partition partition) =>
        $"partition {DiskGuards.Describe(partition)}{(partition.Signatures.Count == 0 ? "" : ": " + string.Join(", ", partition.Signatures.Select(Mark)))}";

    private static string Mark(Signature signature)
    {
        if (DiskInventory.IsUnknown(signature)) return $"not known: {signature.Label}";
        return string.IsNullOrWhiteSpace(signature.Label) ? DataSignatures.Kind(signature) : $"{DataSignatures.Kind(signature)} \"{signature.Label.Trim()}\"";
    }
}
