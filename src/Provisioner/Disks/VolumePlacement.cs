using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks;

/// <summary>Where Talos would put a volume.</summary>
/// <param name="Volume">Kind and name of its document.</param>
/// <param name="Disk">Null when no single disk can be named.</param>
/// <param name="IsDoubtful">Talos would fail, or choose by name.</param>
/// <param name="Sentence">The whole explanation, without a full stop.</param>
public sealed record VolumePlacement(string Volume, DiskIdentity? Disk, bool IsDoubtful, string Sentence);

/// <summary>
/// Follows Talos's placement: the disks in the order of their names, read-only ones passed over, and the first that matches and is
/// empty or has a GPT is used. A disk with anything else on it is reported as wrong format and never wiped. Sizes are not judged.
/// </summary>
internal static class VolumePlacements
{
    public static IReadOnlyList<VolumePlacement> Find(IReadOnlyList<VolumeSelector> volumes, IReadOnlyList<BlockDevice> disks, BlockDevice system) =>
        [.. volumes.Select(v => Of(v, disks, system))];

    private static VolumePlacement Of(VolumeSelector volume, IReadOnlyList<BlockDevice> disks, BlockDevice system)
    {
        var title = volume.Document.Title;
        var expression = volume.Document.Match.Value.Trim();
        VolumePlacement Doubtful(string sentence, BlockDevice? disk = null) => new(title, disk?.Identity, true, $"{title} (line {volume.Document.Match.Line}) {sentence}");

        if (volume.Conditions is null) return Doubtful($"is not judged here: its expression {volume.Unsupported}");
        var matching = disks.Where(d => !d.ReadOnly && Matches(volume.Conditions, new TalosDisk(d) { IsSystemDisk = ReferenceEquals(d, system) }))
            .OrderBy(d => d.Name, StringComparer.Ordinal).ToList();
        if (matching.Count == 0) return Doubtful($"would go nowhere: no disk meets {expression}");
        if (matching.Count > 1 && volume.Document.WholeDisk)
            return Doubtful($"would go nowhere: {Titles(matching)} meet {expression}, and Talos refuses several for a whole disk");

        var usable = matching.Where(d => WrongFormat(d, system) is null).ToList();
        if (usable.Count == 0)
            return Doubtful($"would go to {Title(matching[0])}: that disk holds {WrongFormat(matching[0], system)}; Talos would refuse it as wrong format", matching[0]);
        if (matching.Count > 1)
            return Doubtful($"would go to one of {Titles(matching)}, which all meet {expression}: Talos takes the first by name that fits, today {usable[0].Name}, and names change between boots");

        var only = usable[0];
        if (volume.UsesKernelName)
            return Doubtful($"would go to {Title(only)} by the names of this boot: disk.dev_path is a kernel name, which may mean another disk in Talos", only);
        var beside = ReferenceEquals(only, system) || only.Partitions.Count == 0 ? "" : $", beside the {only.Partitions.Count} partitions that are on it";
        return new VolumePlacement(title, only.Identity, false,
            $"{title} goes to {(ReferenceEquals(only, system) ? "the system disk, " : "")}{Title(only)}{beside}");
    }

    private static bool Matches(IReadOnlyList<DiskPredicate> conditions, TalosDisk disk) => conditions.All(c => c.Test(disk));

    /// <summary>What keeps Talos from using the disk; null when it is empty or has a GPT, as the system disk will have.</summary>
    private static string? WrongFormat(BlockDevice disk, BlockDevice system)
    {
        if (ReferenceEquals(disk, system)) return null;
        if (disk.Signatures.FirstOrDefault(s => !DataSignatures.IsTable(s)) is { } mark) return DataSignatures.Finding(mark).Evidence;
        return disk.Signatures.Any(s => DataSignatures.Kind(s) is "gpt") || !disk.Signatures.Any(s => DataSignatures.Kind(s) is "dos" or "mbr")
            ? null : "an MBR partition table";
    }

    private static string Title(BlockDevice disk) =>
        $"{disk.Name} ({(disk.Serial is null && disk.Wwn is null ? "no identity" : disk.Identity.ToString())}, {ByteCount.Text(disk.SizeBytes)})";

    private static string Titles(IReadOnlyList<BlockDevice> disks) => string.Join(" and ", disks.Select(Title));
}
