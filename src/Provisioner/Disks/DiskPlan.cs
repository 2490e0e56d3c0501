using System.Text.Json.Serialization;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks;

public enum VerdictKind
{
    /// <summary>The one disk to write to.</summary>
    [JsonStringEnumMemberName("selected")]
    Selected,

    /// <summary>A condition fails.</summary>
    [JsonStringEnumMemberName("not-matched")]
    NotMatched,

    /// <summary>Meets every condition, but so does another disk.</summary>
    [JsonStringEnumMemberName("ambiguous")]
    Ambiguous,

    /// <summary>The one disk that meets every condition, but something speaks against it.</summary>
    [JsonStringEnumMemberName("refused")]
    Refused,
}

/// <summary>What was decided about one disk and why.</summary>
public sealed record DiskVerdict
{
    public required BlockDevice Disk { get; init; }

    public required VerdictKind Kind { get; init; }

    /// <summary>The whole explanation as one sentence without a full stop.</summary>
    public required string Sentence { get; init; }

    /// <summary>What speaks against writing to it, also when it was not selected; without what was waived.</summary>
    public IReadOnlyList<DiskFinding> Findings { get; init; } = [];

    /// <summary>Data that <c>--allow-data-loss</c> gives up.</summary>
    public IReadOnlyList<DiskFinding> Waived { get; init; } = [];
}

/// <summary>Why there is no disk to write to.</summary>
public sealed record DiskProblem(FailureCode Code, string Message, string Remedy);

/// <summary>
/// The decision for one machine. Either exactly one disk is chosen or there is a problem; a stopping boot threat is a problem
/// beside a chosen disk.
/// </summary>
public sealed record DiskPlan
{
    /// <summary>Every disk, ordered by identity, so that the plan does not depend on kernel names.</summary>
    public required IReadOnlyList<DiskVerdict> Verdicts { get; init; }

    public BlockDevice? Chosen { get; init; }

    public DiskProblem? Problem { get; init; }

    /// <summary>On the disks that are not written to; empty while nothing is chosen.</summary>
    public IReadOnlyList<BootThreat> Threats { get; init; } = [];

    /// <summary>Where Talos would put the volumes whose documents choose a disk; empty while nothing is chosen.</summary>
    public IReadOnlyList<VolumePlacement> Volumes { get; init; } = [];

    /// <summary>What an operator should know although it stops nothing, the doubtful ones of <see cref="Volumes"/> among it.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>A disk is chosen and nothing stops the run.</summary>
    public bool IsClear => Chosen is not null && Problem is null;

    /// <summary>The chosen disk of a plan that nothing stops.</summary>
    /// <exception cref="ProvisionException">With the problem's code; nothing was written.</exception>
    public BlockDevice Require(string node) => IsClear ? Chosen! : throw new ProvisionException(Problem!.Code,
        $"Choosing the disk of {node}: {Problem.Message}. Nothing was written", Problem.Remedy);
}
