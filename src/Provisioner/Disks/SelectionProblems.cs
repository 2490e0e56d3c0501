using Kronform.Provision.Failures;

namespace Kronform.Provision.Disks;

/// <summary>The sentences for every way a selection ends without a disk.</summary>
internal static class SelectionProblems
{
    public static DiskProblem None(List<AssessedDisk> disks, DiskCriteria criteria)
    {
        if (disks.Count == 0) return new DiskProblem(FailureCode.DiskNone, "the machine shows no disk", "Look at the server's hardware.");
        if (criteria is { Predicates.Count: 0, Override: null })
            return new DiskProblem(FailureCode.DiskAmbiguous,
                $"{criteria.Source} is {criteria.KernelName}, a kernel name, and the machine has {disks.Count} disks. "
                + "Kernel names change between boots and between the rescue system and Talos, so it identifies none of them:" + Table(disks),
                "Write machine.install.diskSelector with the serial of the disk that is meant.");

        var byOverride = disks.Where(d => d.OverrideFailure is null).ToList();
        var byConfig = disks.Where(d => d.ConfigFailure is null).ToList();
        if (criteria.Override is { } chosen && byOverride.Count > 0 && byConfig.Count > 0)
            return new DiskProblem(FailureCode.DiskNone,
                $"{chosen.Text} and {criteria.Source} name different disks: the first means {Titles(byOverride)}, the second {Titles(byConfig)}",
                "Correct one of the two.");
        return new DiskProblem(FailureCode.DiskNone, $"no disk meets the conditions of {criteria.Source}{(criteria.Override is null ? "" : " and provision.yaml")}:{Table(disks)}",
            "Correct the selector, or look whether a disk is missing.");
    }

    public static DiskProblem Ambiguous(List<AssessedDisk> matching, DiskCriteria criteria)
    {
        var first = FirstForTalos(matching);
        return new DiskProblem(FailureCode.DiskAmbiguous,
            $"{matching.Count} disks meet the conditions of {criteria.Source}. Talos would take the first by name, here {first.Title}; "
            + "that is a guess, so nothing was chosen:" + string.Concat(matching.Select(m => $"\n  {m.Title}: {Decider(m, matching)}")),
            matching.Exists(m => DecidingCondition(m, matching) is not null)
                ? "Add one of these conditions to the selector."
                : "Look again in half a minute, when udev has read serials and WWNs; if they stay empty, no selector can tell the disks apart.");
    }

    public static DiskProblem Guarded(AssessedDisk disk) =>
        new(FailureCode.DiskGuarded,
            $"{disk.Title} is the disk that the conditions name, but it is not to be written to:" + string.Concat(disk.Findings.Select(f => $"\n  {f}")),
            disk.Findings.All(f => f.Kind == FindingKind.Data) && disk.Disk.Serial is not null
                ? $"If its data may be lost: --allow-data-loss {disk.Disk.Serial}"
                : "This cannot be overridden. Correct the selector, or remove the cause.");

    public static DiskProblem TalosDisagrees(AssessedDisk only, List<AssessedDisk> forTalos, DiskCriteria criteria)
    {
        var first = FirstForTalos(forTalos);
        return new DiskProblem(FailureCode.DiskTalosDisagrees,
            $"{criteria.Override!.Text} means {only.Title}, but {forTalos.Count} disks meet the conditions of {criteria.Source}, which is all that Talos will know. "
            + $"It takes the first by name, here {first.Title}, and names may differ there:" + string.Concat(forTalos.Select(d => $"\n  {d.Title}")),
            DecidingCondition(only, forTalos) is { } condition ? $"Add {condition} to {criteria.Source}." : "Narrow the machine config's selector to that one disk.");
    }

    public static DiskProblem? Threatened(IReadOnlyList<BootThreat> threats)
    {
        var stopping = threats.Where(t => t.Stops).ToList();
        return stopping.Count == 0 ? null : new DiskProblem(FailureCode.BootThreat,
            "another disk would take over the new node:" + string.Concat(stopping.Select(t => $"\n  {t.Disk}: {t}; {t.Remedy}")),
            "Remove what is named there, then run again.");
    }

    public static string AmbiguitySentence(AssessedDisk disk, List<AssessedDisk> matching) =>
        $"not selected, {matching.Count} disks meet every condition; {Decider(disk, matching)}"
        + (ReferenceEquals(FirstForTalos(matching), disk) ? "; Talos would take this one first" : "");

    /// <summary>The one condition that would leave just this disk, and what would come of choosing it.</summary>
    private static string Decider(AssessedDisk disk, List<AssessedDisk> matching)
    {
        if (DecidingCondition(disk, matching) is not { } condition) return "nothing tells it from another of them";
        return disk.Findings.Count == 0
            ? $"{condition} would choose it"
            : $"{condition} would name it, but it would be refused ({string.Join(", ", disk.Findings.Select(f => f.Code).Distinct())})";
    }

    /// <summary>The most lasting kind of condition that decides.</summary>
    private static string? DecidingCondition(AssessedDisk disk, List<AssessedDisk> matching)
    {
        var view = new TalosDisk(disk.Disk);
        var others = matching.Where(m => !ReferenceEquals(m, disk)).Select(m => new TalosDisk(m.Disk)).ToList();
        if (view.Serial.Length > 0 && others.All(o => o.Serial != view.Serial)) return $"serial: {view.Serial}";
        if (view.Wwid.Length > 0 && others.All(o => o.Wwid != view.Wwid)) return $"wwid: {view.Wwid}";
        if (others.All(o => o.Size != view.Size)) return $"size: == {view.Size}";
        return view.BusPath.Length > 0 && others.All(o => o.BusPath != view.BusPath) ? $"busPath: {view.BusPath}" : null;
    }

    /// <summary>Both matchers of Talos walk the disks in the order of their names as text.</summary>
    private static AssessedDisk FirstForTalos(List<AssessedDisk> matching) => matching.MinBy(m => m.Disk.Name, StringComparer.Ordinal)!;

    private static string Table(List<AssessedDisk> disks) => string.Concat(disks.Select(d => $"\n  {d.Title}: {d.Failure}"));

    private static string Titles(List<AssessedDisk> disks) => string.Join(" and ", disks.Select(d => d.Title));
}
