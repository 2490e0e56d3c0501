using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks;

/// <summary>
/// Chooses exactly one disk or none. A pure function: the order of the disks and their kernel names change nothing but names in
/// sentences.
/// </summary>
public static class DiskSelection
{
    /// <param name="disks">All whole disks of the machine.</param>
    /// <param name="criteria">What the disk must be.</param>
    /// <param name="imageBytes">Size of the expanded image; null when not known.</param>
    /// <param name="allowDataLoss">Serials of disks whose data may be given up in this run.</param>
    /// <param name="machine">What else is known of the machine; null where only the disks are known.</param>
    /// <param name="begun">The disk that this run began to write; null when it began none.</param>
    public static DiskPlan Choose(IReadOnlyList<BlockDevice> disks, DiskCriteria criteria, long? imageBytes, IReadOnlyCollection<string> allowDataLoss,
        MachineFacts? machine = null, DiskIdentity? begun = null)
    {
        machine ??= MachineFacts.Unknown;
        BlockDevice[] candidates = [.. disks.Where(d => d.SizeBytes > 0).Order(ByIdentity.Order)];
        var assessed = candidates.Select(d => Assess(d, candidates, criteria, imageBytes, allowDataLoss, begun)).ToList();
        var matching = assessed.Where(a => a.Failure is null).ToList();
        // Talos knows nothing of provision.yaml: its own selector has to lead to the same disk.
        var forTalos = criteria.Predicates.Count == 0 ? matching : assessed.Where(a => a.ConfigFailure is null).ToList();
        var verdicts = assessed.Select(a => VerdictOf(a, matching, forTalos)).ToList();
        var plan = new DiskPlan { Verdicts = verdicts, Warnings = WarningsOf(candidates, criteria, allowDataLoss, machine) };

        if (matching.Count == 0) return plan with { Problem = SelectionProblems.None(assessed, criteria) };
        if (matching.Count > 1) return plan with { Problem = SelectionProblems.Ambiguous(matching, criteria) };
        var only = matching[0];
        if (only.Findings.Count > 0) return plan with { Problem = SelectionProblems.Guarded(only) };
        if (forTalos.Count > 1) return plan with { Problem = SelectionProblems.TalosDisagrees(only, forTalos, criteria) };

        var threats = BootThreats.Find([.. candidates.Where(d => !ReferenceEquals(d, only.Disk))], machine);
        var volumes = VolumePlacements.Find(criteria.Volumes, candidates, only.Disk);
        return plan with
        {
            Chosen = only.Disk,
            Threats = threats,
            Problem = SelectionProblems.Threatened(threats),
            Volumes = volumes,
            Warnings = [.. plan.Warnings, .. volumes.Where(v => v.IsDoubtful).Select(v => v.Sentence)],
        };
    }

    private static AssessedDisk Assess(BlockDevice disk, BlockDevice[] all, DiskCriteria criteria, long? imageBytes, IReadOnlyCollection<string> allowDataLoss,
        DiskIdentity? begun)
    {
        var view = new TalosDisk(disk);
        var findings = DiskGuards.Find(disk, all, imageBytes);
        var own = disk.Identity == begun && InterruptedWrite.IsAllThatIsOn(disk);
        if (own) findings = [.. findings.Where(f => f.Kind != FindingKind.Data)];
        // A serial that two disks have names neither of them.
        var allowed = disk.Serial is not null && allowDataLoss.Contains(disk.Serial) && all.Count(d => d.Serial == disk.Serial) == 1;
        return new AssessedDisk(disk)
        {
            ConfigFailure = criteria.Predicates.Select(p => p.FailureOn(view)).FirstOrDefault(f => f is not null),
            OverrideFailure = criteria.Override?.FailureOn(view),
            NameFailure = criteria is { Predicates.Count: 0, Override: null } && !(criteria.KernelName is not null && all.Length == 1)
                ? $"{criteria.KernelName ?? "nothing"} identifies no disk" : null,
            HoldsOwnWrite = own,
            Findings = [.. findings.Where(f => !(allowed && f.Kind == FindingKind.Data))],
            Waived = [.. findings.Where(f => allowed && f.Kind == FindingKind.Data)],
        };
    }

    private static DiskVerdict VerdictOf(AssessedDisk assessed, List<AssessedDisk> matching, List<AssessedDisk> forTalos)
    {
        var (kind, sentence) = (assessed.Failure, matching.Count, assessed.Findings.Count) switch
        {
            ({ } failure, _, _) => (VerdictKind.NotMatched, $"not selected, {failure}"),
            (_, > 1, _) => (VerdictKind.Ambiguous, SelectionProblems.AmbiguitySentence(assessed, matching)),
            (_, _, > 0) => (VerdictKind.Refused, $"refused, although it meets every condition: {string.Join("; ", assessed.Findings)}"),
            _ when forTalos.Count > 1 => (VerdictKind.Refused, $"refused, because for Talos itself {forTalos.Count} disks meet the machine config's conditions"),
            _ when assessed.Waived.Count > 0 => (VerdictKind.Selected,
                $"selected, and its data is given up by --allow-data-loss {assessed.Disk.Serial}: {string.Join("; ", assessed.Waived)}"),
            _ => (VerdictKind.Selected, $"selected: it alone meets every condition, and it holds {(assessed.HoldsOwnWrite ? "only what this run began to write" : "nobody's data")}"),
        };
        return new DiskVerdict { Disk = assessed.Disk, Kind = kind, Sentence = sentence, Findings = assessed.Findings, Waived = assessed.Waived };
    }

    private static List<string> WarningsOf(BlockDevice[] disks, DiskCriteria criteria, IReadOnlyCollection<string> allowDataLoss,
        MachineFacts machine)
    {
        var warnings = new List<string>(criteria.Warnings);
        // No disagreement: the written image counts as an installed Talos, which never looks at the disk it was to be installed on.
        if (criteria is { KernelName: { } name, Override: { } chosen })
            warnings.Add($"{criteria.Source} is {name}, a kernel name, which was ignored: {chosen.Text} decides, and Talos stays on the disk it was written to");
        if (EfiBootOrder.NetworkWarning(machine.EfiBoot) is { } network) warnings.Add(network);
        foreach (var serial in allowDataLoss.Distinct().Order(StringComparer.Ordinal))
        {
            var count = disks.Count(d => d.Serial == serial);
            if (count != 1) warnings.Add($"--allow-data-loss {serial} had no effect: {(count == 0 ? "no disk has" : $"{count} disks have")} that serial");
        }

        return warnings;
    }
}

/// <summary>A disk with everything that was found out about it.</summary>
internal sealed record AssessedDisk(BlockDevice Disk)
{
    public string? ConfigFailure { get; init; }

    public string? OverrideFailure { get; init; }

    public string? NameFailure { get; init; }

    public string? Failure => OverrideFailure ?? ConfigFailure ?? NameFailure;

    /// <summary>What is on it is what an earlier attempt of this run wrote.</summary>
    public bool HoldsOwnWrite { get; init; }

    public required IReadOnlyList<DiskFinding> Findings { get; init; }

    public required IReadOnlyList<DiskFinding> Waived { get; init; }

    /// <summary>For sentences: the name of this boot, and what the disk really is.</summary>
    public string Title => $"{Disk.Name} ({(Disk.Serial is null && Disk.Wwn is null ? "no identity" : Disk.Identity.ToString())}, {ByteCount.Text(Disk.SizeBytes)})";
}
