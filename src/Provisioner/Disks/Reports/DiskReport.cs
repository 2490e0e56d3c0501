using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks.Reports;

/// <summary>
/// A <see cref="DiskPlan"/> for people and programs: every disk, what is on it, its verdict, what would be written and lost. The
/// JSON form is a documented interface; fields are added, never changed.
/// </summary>
public sealed record DiskReport
{
    public int Version { get; init; } = 1;

    public required string Node { get; init; }

    /// <summary>Where the conditions stand.</summary>
    public required string Source { get; init; }

    /// <summary>As written, in the order of evaluation.</summary>
    public required IReadOnlyList<string> Conditions { get; init; }

    /// <summary>What Talos evaluates for them, with the terms it adds; null up to Talos 1.8 and for links and names of devices.</summary>
    public string? Expression { get; init; }

    /// <summary>The Talos release whose rules were used.</summary>
    public required string TalosVersion { get; init; }

    public required string ImageSha256 { get; init; }

    public long? ImageBytes { get; init; }

    public required IReadOnlyList<ReportedDisk> Disks { get; init; }

    public IReadOnlyList<string> Warnings { get; init; } = [];

    public ReportedProblem? Problem { get; init; }

    /// <summary>The disk that would be written to; null when the plan has none.</summary>
    public ReportedWrite? Write { get; init; }

    /// <summary>Null when nothing was chosen.</summary>
    public string? PlanHash { get; init; }

    public static DiskReport Of(string node, string talosVersion, DiskCriteria criteria, DiskPlan plan, string imageSha256, long? imageBytes) => new()
    {
        Node = node,
        Source = criteria.Source,
        Conditions = ConditionsOf(criteria),
        Expression = criteria.Predicates.Any(p => p.IsImplied) ? DiskSelector.ToCel(criteria.Predicates) : null,
        TalosVersion = talosVersion,
        ImageSha256 = imageSha256,
        ImageBytes = imageBytes,
        Disks = [.. plan.Verdicts.Select(v => ReportedDisk.Of(v, plan))],
        Warnings = plan.Warnings,
        Problem = plan.Problem is { } p ? new ReportedProblem(p.Code.Name, p.Message, p.Remedy) : null,
        Write = plan.Chosen is { } chosen ? ReportedWrite.Of(chosen, plan.Verdicts.Single(v => ReferenceEquals(v.Disk, chosen))) : null,
        PlanHash = plan.Chosen is { } disk ? Kronform.Provision.Protocol.PlanHash.Compute(node, disk.Identity, plan.Verdicts.Select(v => v.Disk), imageSha256) : null,
    };

    public string ToJson() => JsonSerializer.Serialize(this, DiskReportJson.Readable.DiskReport);

    private static List<string> ConditionsOf(DiskCriteria criteria)
    {
        var conditions = criteria.Predicates.Where(p => !p.IsImplied).Select(p => p.Text).ToList();
        if (criteria.Override is { } chosen) conditions.Add(chosen.Text);
        else if (criteria.KernelName is { } name) conditions.Add($"{name}, a kernel name: the only disk of the machine");
        return conditions;
    }
}

public sealed record ReportedProblem(string Code, string Message, string Remedy);

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

    /// <summary>Signatures, partitions, mounts and holders, each as a few words; empty means that nothing was found.</summary>
    public required IReadOnlyList<string> Contents { get; init; }

    public required VerdictKind Verdict { get; init; }

    public required string Sentence { get; init; }

    public IReadOnlyList<DiskFinding> Findings { get; init; } = [];

    public IReadOnlyList<DiskFinding> Waived { get; init; } = [];

    public IReadOnlyList<BootThreat> Threats { get; init; } = [];

    internal static ReportedDisk Of(DiskVerdict verdict, DiskPlan plan)
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
            Contents = DiskContents.Describe(verdict.Disk),
            Verdict = verdict.Kind,
            Sentence = verdict.Sentence,
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

[JsonSourceGenerationOptions(WriteIndented = true, NewLine = "\n", PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(DiskReport))]
internal sealed partial class DiskReportJson : JsonSerializerContext
{
    /// <summary>The text goes to files and terminals, never into HTML, so quotes and comparison signs stay as they are.</summary>
    public static DiskReportJson Readable => field ??=
        // Not null: the attribute above makes the generator write them.
        new(new JsonSerializerOptions(Default.GeneratedSerializerOptions!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
