using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks;

/// <summary>
/// Which disks are to be neutralised: those that the operator named by serial with <c>--neutralise</c>, that are not written to,
/// and that carry something it can take away. All or none, so that no disk is changed for a run that stops anyway. Pure.
/// </summary>
/// <param name="Disks">In the order of the plan.</param>
/// <param name="Warnings">What was named in vain, and why.</param>
/// <param name="Clears">No stopping threat would be left.</param>
public sealed record Neutralisation(IReadOnlyList<BlockDevice> Disks, IReadOnlyList<string> Warnings, bool Clears)
{
    /// <summary>Threats that a few bytes outside of all data make up.</summary>
    private static readonly HashSet<string> Codes =
        new(StringComparer.Ordinal) { "boot.talos-meta", "boot.talos-state", "boot.talos-ephemeral", "boot.talos-boot", "boot.mbr-code" };

    public static bool CanTakeAway(BootThreat threat) => Codes.Contains(threat.Code);

    public static Neutralisation Of(DiskPlan plan, IReadOnlyList<string> serials)
    {
        var named = new List<BlockDevice>();
        var warnings = new List<string>();
        foreach (string serial in serials.Distinct().Order(StringComparer.Ordinal))
        {
            var disks = plan.Verdicts.Select(v => v.Disk).Where(d => d.Serial == serial).ToList();
            if (Obstacle(plan, disks) is { } obstacle) warnings.Add($"--neutralise {serial} had no effect: {obstacle}");
            else named.Add(disks[0]);
        }

        var left = plan.Threats.Where(t => t.Stops && !(CanTakeAway(t) && named.Exists(d => d.Identity == t.Disk))).ToList();
        if (left.Count > 0 && named.Count > 0)
        {
            warnings.Add($"nothing was neutralised: the run stops anyway for {string.Join(", ", left.Select(t => $"{t.Code} on the disk with {t.Disk}").Distinct())}");
            named.Clear();
        }

        return new Neutralisation(named, warnings, Clears: left.Count == 0);
    }

    private static string? Obstacle(DiskPlan plan, List<BlockDevice> disks) => disks switch
    {
        [] => "no disk has that serial",
        [_, _, ..] => $"{disks.Count} disks have that serial",
        _ when plan.Chosen is null => "no disk was chosen to be written, so it is not known what threatens it",
        [var disk] when ReferenceEquals(disk, plan.Chosen) => "that is the disk that is written",
        [var disk] when !plan.Threats.Any(t => t.Disk == disk.Identity && CanTakeAway(t)) => "there is nothing on it to neutralise",
        _ => null,
    };
}
