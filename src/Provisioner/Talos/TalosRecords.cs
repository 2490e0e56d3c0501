namespace Kronform.Provision.Talos;

/// <summary>The numbers of machine.MachineStatusEvent.MachineStage.</summary>
public enum TalosStage
{
    Unknown = 0,
    Booting = 1,
    Installing = 2,
    Maintenance = 3,
    Running = 4,
    Rebooting = 5,
    ShuttingDown = 6,
    Resetting = 7,
    Upgrading = 8,
}

/// <summary>What keeps a node from being ready: `time`, `network`, `services`, `staticPods`, `nodeReady`.</summary>
public sealed record TalosUnmetCondition(string Name, string Reason);

public sealed record TalosMachineStatus(TalosStage Stage, bool Ready, IReadOnlyList<TalosUnmetCondition> Unmet);

/// <summary>
/// A disk as Talos sees it. Empty texts are unknown. Serial and wwid come from sysfs and can differ in padding and prefix
/// (`naa.`, `eui.`, `nvme.`) from what the rescue system's tools print.
/// </summary>
/// <param name="Name">Kernel name without /dev.</param>
/// <param name="Transport">`nvme`, `sata`, `scsi`, …; empty up to 1.7, which only tells kinds.</param>
public sealed record TalosDisk(
    string Name, string DevicePath, long SizeBytes, string Serial, string Wwid, string Model, string Transport,
    bool Rotational, bool ReadOnly, bool CdRom)
{
    /// <summary>Logical; 0 where the node does not tell (up to 1.7).</summary>
    public int SectorBytes { get; init; }

    /// <summary>Least size of one access; 0 where the node does not tell.</summary>
    public int IoBytes { get; init; }

    public string BusPath { get; init; } = "";

    public string Modalias { get; init; } = "";

    /// <summary>From 1.9 on.</summary>
    public string Uuid { get; init; } = "";

    /// <summary>Paths that lead to the disk, from 1.10 on.</summary>
    public IReadOnlyList<string> Symlinks { get; init; } = [];
}

/// <summary>What Talos found by probing a disk or a partition: at most one mark. Empty texts are unknown or absent.</summary>
/// <param name="Name">Kernel name without /dev.</param>
/// <param name="Parent">Kernel name of the partition's disk; empty for a whole disk.</param>
/// <param name="Content">File system, volume manager or `gpt`, in Talos's spelling; empty when nothing was recognised.</param>
public sealed record TalosVolume(string Name, string Parent, string Content, string Label, string Uuid, long SizeBytes)
{
    /// <summary>From 1; 0 for a whole disk.</summary>
    public int PartitionIndex { get; init; }

    public string PartitionLabel { get; init; } = "";

    public string PartitionUuid { get; init; } = "";

    public string PartitionType { get; init; } = "";

    /// <summary>Bytes; 0 where the node does not tell (up to 1.11).</summary>
    public long OffsetBytes { get; init; }
}

/// <param name="Name">Kernel name of the disk Talos booted from, without /dev.</param>
public sealed record TalosSystemDisk(string Name, string DevicePath);

public enum TalosHealth
{
    Unknown,
    Healthy,
    Unhealthy,
}

/// <param name="State">`Waiting`, `Preparing`, `Running`, `Finished`, `Failed`, …</param>
/// <param name="LastMessage">The last event's text; `Running pre state` for an etcd that waits to be bootstrapped or to join.</param>
public sealed record TalosService(string Id, string State, TalosHealth Health, string LastMessage);

/// <param name="Hostname">Empty for a member that was added and has not started yet.</param>
public sealed record TalosEtcdMember(
    ulong Id, string Hostname, IReadOnlyList<string> PeerUrls, IReadOnlyList<string> ClientUrls, bool IsLearner)
{
    /// <summary>For people.</summary>
    public string Title => Hostname.Length > 0 ? Hostname : "a member that has not started";
}

/// <param name="Errors">etcd's own complaints (for instance "NOSPACE"); empty when it has none.</param>
public sealed record TalosEtcdStatus(ulong MemberId, ulong Leader, bool IsLearner, long DbSizeBytes, IReadOnlyList<string> Errors);

/// <param name="ModeDetails">Talos's own words about what it did or, with dry-run, would do.</param>
public sealed record TalosApplied(IReadOnlyList<string> Warnings, string ModeDetails);

/// <summary>What a node says about its version.</summary>
public abstract record TalosVersionAnswer
{
    private TalosVersionAnswer()
    {
    }

    /// <param name="Tag">For instance `v1.13.9`.</param>
    public sealed record Known(string Tag) : TalosVersionAnswer;

    /// <summary>
    /// Maintenance mode up to 1.12, which answers Version with "Unimplemented": proof of maintenance mode, but no version (the
    /// Versions resource that tells it exists from 1.10 on).
    /// </summary>
    public sealed record NotToldInMaintenance : TalosVersionAnswer;
}
