using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kronform.Provision.Disks.Inventories;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks.Reports;

/// <summary>
/// A <see cref="DiskPlan"/> for people and programs: every disk, what is on it, its verdict, what would be written and lost. The
/// JSON form is a documented interface (docs/disk-report.md); members are added, never changed.
/// </summary>
public sealed record DiskReport
{
    public int Version { get; init; } = 1;

    public required string Node { get; init; }

    public required ReportedState State { get; init; }

    /// <summary>Null unless the agent looked.</summary>
    public ReportedMachine? Machine { get; init; }

    /// <summary>Where the conditions stand.</summary>
    public required string Source { get; init; }

    /// <summary>As written, in the order of evaluation.</summary>
    public required IReadOnlyList<string> Conditions { get; init; }

    /// <summary>What Talos evaluates for them, with the terms it adds; null up to Talos 1.8 and for links and names of devices.</summary>
    public string? Expression { get; init; }

    /// <summary>The Talos release whose rules were used.</summary>
    public required string TalosVersion { get; init; }

    /// <summary>Null offline, when provision.yaml does not pin it.</summary>
    public string? ImageSha256 { get; init; }

    public long? ImageBytes { get; init; }

    public required IReadOnlyList<ReportedDisk> Disks { get; init; }

    /// <summary>Where Talos would put the volumes whose documents in the machine config choose a disk.</summary>
    public IReadOnlyList<ReportedVolume> Volumes { get; init; } = [];

    public IReadOnlyList<string> Warnings { get; init; } = [];

    public ReportedProblem? Problem { get; init; }

    /// <summary>The disk that would be written to; null when the plan has none.</summary>
    public ReportedWrite? Write { get; init; }

    /// <summary>Null when nothing was chosen, or the disks are not known well enough to be found unchanged again.</summary>
    public string? PlanHash { get; init; }

    public static DiskReport Of(
        string node, string talosVersion, DiskCriteria criteria, DiskPlan plan, DiskInventory inventory, string? imageSha256, long? imageBytes) => new()
    {
        Node = node,
        State = new ReportedState(inventory.Found, inventory.Taken, inventory.Evidence, inventory.Contents, inventory.Guesses),
        Machine = inventory.Host is { } host ? ReportedMachine.Of(host) : null,
        Source = criteria.Source,
        Conditions = ConditionsOf(criteria),
        Expression = criteria.Predicates.Any(p => p.IsImplied) ? DiskSelector.ToCel(criteria.Predicates) : null,
        TalosVersion = talosVersion,
        ImageSha256 = imageSha256,
        ImageBytes = imageBytes,
        Disks = [.. plan.Verdicts.Select(v => ReportedDisk.Of(v, plan, inventory.Contents))],
        Volumes = [.. plan.Volumes.Select(v => new ReportedVolume(v.Volume, v.Disk?.ToString(), v.IsDoubtful, v.Sentence))],
        Warnings = plan.Warnings,
        Problem = plan.Problem is { } p ? new ReportedProblem(p.Code.Name, p.Code.ExitCode, p.Message, p.Remedy) : null,
        Write = plan.Chosen is { } chosen ? ReportedWrite.Of(chosen, plan.Verdicts.Single(v => ReferenceEquals(v.Disk, chosen))) : null,
        PlanHash = plan.Chosen is { } disk && inventory.Contents == InventoryContents.Probed && imageSha256 is not null
            ? Kronform.Provision.Protocol.PlanHash.Compute(node, disk.Identity, plan.Verdicts.Select(v => v.Disk), imageSha256) : null,
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
