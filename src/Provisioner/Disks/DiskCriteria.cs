using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Disks.Cel;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Disks;

/// <summary>Which disk is meant, from the node's machine config and provision.yaml together. A disk must meet every condition.</summary>
public sealed record DiskCriteria
{
    /// <summary>Where the conditions come from, for the report: <c>machineconfigs/n4.yaml:31 machine.install.diskSelector</c>.</summary>
    public required string Source { get; init; }

    /// <summary>From the machine config; empty when it gives a kernel name only, or nothing.</summary>
    public required IReadOnlyList<DiskPredicate> Predicates { get; init; }

    /// <summary>provision.yaml's override; null without one.</summary>
    public DiskPredicate? Override { get; init; }

    /// <summary>
    /// A kernel name such as <c>/dev/sda</c> when that is all the machine config says. It identifies a disk only on a machine that
    /// has just one.
    /// </summary>
    public string? KernelName { get; init; }

    /// <summary>The disks that the machine config wants for volumes.</summary>
    public IReadOnlyList<VolumeSelector> Volumes { get; init; } = [];

    /// <summary>What an operator should know although it stops nothing.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <exception cref="ConfigProblemsException"><see cref="FailureCode.MachineConfigInvalid"/>: what does not parse or means nothing.</exception>
    public static DiskCriteria Of(NodeSpec node, MachineConfig config, TalosVersion version)
    {
        var problems = new ProblemList(config.File, FailureCode.MachineConfigInvalid);
        var criteria = FromConfig(config, version, problems) with
        {
            Override = node.Disk is null ? null : OverrideOf(node.Disk),
            Volumes = [.. config.Volumes.Select(v => VolumeSelector.Read(v, problems)).OfType<VolumeSelector>()],
        };
        if (criteria is { Predicates.Count: 0, Override: null, KernelName: null } && !problems.Any)
            problems.Add(config.RoleText, "machine.install", "nothing says which disk Talos belongs on",
                "write machine.install.diskSelector, best with serial");
        return problems.Any
            ? throw new ConfigProblemsException($"Reading which disk {node.Name} is to use", problems.InFileOrder())
            : criteria;
    }

    private static DiskCriteria FromConfig(MachineConfig config, TalosVersion version, ProblemList problems)
    {
        if (config.DiskSelector.Count > 0)
        {
            // With both given, Talos lets the selector win; kronform writes disk: none beside it.
            return new DiskCriteria
            {
                Source = Place(config, config.DiskSelector.Values.MinBy(t => t.Line)!, "machine.install.diskSelector"),
                Predicates = DiskSelector.Read(config.DiskSelector, version, problems),
            };
        }

        if (config.UnattendedMatch is { } match)
        {
            var expression = DiskExpression.Read(match, problems);
            return new DiskCriteria
            {
                Source = Place(config, match, "UnattendedInstallConfig"),
                Predicates = expression.Predicates,
                KernelName = expression.KernelName,
            };
        }

        if (config.InstallDisk is not { } disk) return new DiskCriteria { Source = config.File, Predicates = [] };
        var predicate = InstallDisk.Read(disk, problems);
        return new DiskCriteria
        {
            Source = Place(config, disk, "machine.install.disk"),
            Predicates = predicate is null ? [] : [predicate],
            KernelName = InstallDisk.IsKernelName(disk.Value) ? disk.Value : null,
        };
    }

    private static DiskPredicate OverrideOf(DiskOverride disk) => disk.Serial is { } serial
        ? new DiskPredicate($"provision.yaml's serial: {serial}", d => d.Serial == serial, d => DiskSelector.Has("serial", d.Serial))
        : new DiskPredicate($"provision.yaml's wwid: {disk.Wwid}", d => d.Wwid.Length > 0 && TalosDisk.SameWwid(d.Wwid, disk.Wwid!),
            d => DiskSelector.Has("wwid", d.Wwid));

    private static string Place(MachineConfig config, ConfigText at, string field) => $"{at.File ?? config.File}:{at.Line} {field}";
}
