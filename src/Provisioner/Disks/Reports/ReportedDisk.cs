using Kronform.Provision.Disks.Inventories;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks.Reports;

/// <param name="Found">What answered.</param>
/// <param name="Taken">Where a file's inventory was taken; null when the file does not say, and without a file.</param>
/// <param name="Evidence">Where and how the disks were looked at, as half a sentence.</param>
/// <param name="Contents">How much is known of what is on them.</param>
/// <param name="Guesses">What was assumed because it was not told.</param>
public sealed record ReportedState(InventoryState Found, InventoryState? Taken, string Evidence, InventoryContents Contents, IReadOnlyList<string> Guesses);

/// <param name="Code">Name of a failure code; a heading in runbook.md.</param>
/// <param name="ExitCode">What the command ends with.</param>
public sealed record ReportedProblem(string Code, int ExitCode, string Message, string Remedy);

/// <param name="Volume">Kind and name of its document.</param>
/// <param name="Disk">Identity of the disk Talos would try; null when none.</param>
/// <param name="Doubtful">It would not come to be there as meant; the sentence, which is also a warning, says why.</param>
public sealed record ReportedVolume(string Volume, string? Disk, bool Doubtful, string Sentence);

public sealed record ReportedDisk
{
    /// <summary>Kernel name in this boot.</summary>
    public required string Name { get; init; }

    public string? Serial { get; init; }

    public string? Wwn { get; init; }

    /// <summary>The WWN as Talos spells it.</summary>
    public string? TalosWwid { get; init; }

    public string? Model { get; init; }

    public required long SizeBytes { get; init; }

    /// <summary>nvme, ssd or hdd, with the transport where it is known.</summary>
    public required string Medium { get; init; }

    /// <summary><c>passed</c>, or <c>failing: …</c>; null where the disk could not be asked.</summary>
    public string? Health { get; init; }

    /// <summary>Signatures, partitions, mounts and holders, each as a few words; empty means that nothing was found.</summary>
    public required IReadOnlyList<string> Contents { get; init; }

    public required VerdictKind Verdict { get; init; }

    public required string Sentence { get; init; }

    public IReadOnlyList<DiskFinding> Findings { get; init; } = [];

    public IReadOnlyList<DiskFinding> Waived { get; init; } = [];

    public IReadOnlyList<BootThreat> Threats { get; init; } = [];

    internal static ReportedDisk Of(DiskVerdict verdict, DiskPlan plan, InventoryContents contents)
    {
        var view = new TalosDisk(verdict.Disk);
        var medium = view.Transport == "nvme" ? "nvme" : verdict.Disk.Rotational ? "hdd" : "ssd";
        return new ReportedDisk
        {
            Name = verdict.Disk.Name,
            Serial = verdict.Disk.Serial,
            Wwn = verdict.Disk.Wwn,
            TalosWwid = view.Wwid.Length == 0 ? null : view.Wwid,
            Model = view.Model.Length == 0 ? null : view.Model,
            SizeBytes = verdict.Disk.SizeBytes,
            Medium = medium == view.Transport || view.Transport.Length == 0 ? medium : $"{view.Transport} {medium}",
            Health = DiskContents.Health(verdict.Disk),
            Contents = DiskContents.Describe(verdict.Disk),
            Verdict = verdict.Kind,
            // "Holds nobody's data" is the agent's word only.
            Sentence = verdict.Kind == VerdictKind.Selected && contents != InventoryContents.Probed ? verdict.Sentence + ", as far as was shown" : verdict.Sentence,
            Findings = verdict.Findings,
            Waived = verdict.Waived,
            Threats = [.. plan.Threats.Where(t => t.Disk == verdict.Disk.Identity)],
        };
    }
}

/// <param name="Name">Kernel name in this boot; the agent finds the disk again by its identity.</param>
/// <param name="Identity">Serial, or WWN where there is no serial.</param>
/// <param name="SizeBytes">Exact size.</param>
/// <param name="Lost">What is on it now and will be gone; empty when nothing was found.</param>
public sealed record ReportedWrite(string Name, string Identity, long SizeBytes, IReadOnlyList<string> Lost)
{
    internal static ReportedWrite Of(BlockDevice disk, DiskVerdict verdict) => new(disk.Name, disk.Identity.ToString(), disk.SizeBytes,
        verdict.Waived.Count > 0 ? [.. verdict.Waived.Select(w => w.Evidence)] : DiskContents.Describe(disk));
}
