using System.Net;

namespace Kronform.Provision.TalosEmulator;

/// <summary>One emulated node: where its state lies and what it pretends to be.</summary>
public sealed record EmulatorOptions
{
    /// <summary>What Talos keeps on its STATE and EPHEMERAL partitions: config.yaml and etcd.json.</summary>
    public required string StateFolder { get; init; }

    /// <summary>The META partition or a file with its content; without one there are no META keys.</summary>
    public string? MetaPath { get; init; }

    /// <summary>The disk the node runs from, with or without /dev/.</summary>
    public string? SystemDisk { get; init; }

    /// <summary>The node's address; the API listens on it and the certificates name it.</summary>
    public required IPAddress Address { get; init; }

    /// <summary>0 takes a free one, see <see cref="TalosEmulatorHost.BoundPort"/>.</summary>
    public int Port { get; init; } = 50000;

    /// <summary>Where control planes find each other; the same on all nodes, as etcd's 2379 is.</summary>
    public int PeerPort { get; init; } = 2379;

    /// <summary>Where control planes sign workers' certificates; the same on all nodes.</summary>
    public int TrustdPort { get; init; } = 50001;

    public TalosRelease Release { get; init; } = TalosRelease.Parse("v1.13.9");

    /// <summary>A JSON list of disks instead of the machine's own, see <see cref="Hardware.EmulatedDisk"/>.</summary>
    public string? DisksFile { get; init; }

    public long MemoryBytes { get; init; } = 64L << 30;

    /// <summary>Instead of the kernel's, for nodes that are restarted within one process.</summary>
    public string? BootId { get; init; }

    /// <summary>Takes the RACK-TALOS lines.</summary>
    public Action<string> Print { get; init; } = Console.WriteLine;

    public EmulatorTimings Timings { get; init; } = new();

    public EmulatorFaults Faults { get; init; } = new();
}

/// <summary>How long things take that take much longer on a real node. Long enough to be seen in between.</summary>
public sealed record EmulatorTimings
{
    /// <summary>After apid: until then Bootstrap is "not available yet".</summary>
    public TimeSpan CriUp { get; init; } = TimeSpan.FromMilliseconds(700);

    /// <summary>After apid.</summary>
    public TimeSpan KubeletUp { get; init; } = TimeSpan.FromMilliseconds(1200);

    /// <summary>After apid: until then the node has the name it made up before it had a config.</summary>
    public TimeSpan HostnameSet { get; init; }

    /// <summary>At a boot with etcd data, after the container runtime: how long etcd looks like one that waits to be bootstrapped.</summary>
    public TimeSpan EtcdPrepare { get; init; }

    /// <summary>From an accepted bootstrap to etcd data on disk (a reboot in between loses the request), and from data to healthy.</summary>
    public TimeSpan EtcdStart { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>From joining as a learner to voting.</summary>
    public TimeSpan LearnerPromotion { get; init; } = TimeSpan.FromMilliseconds(1000);

    /// <summary>Between two looks at the other control planes.</summary>
    public TimeSpan PeerPoll { get; init; } = TimeSpan.FromMilliseconds(500);
}

/// <summary>The version pretended, and the manners that go with it.</summary>
public readonly record struct TalosRelease(string Tag, int Minor)
{
    /// <exception cref="FormatException">Not of the form v1.MINOR.PATCH.</exception>
    public static TalosRelease Parse(string tag)
    {
        var parts = tag.TrimStart('v').Split('.', 3);
        return tag.StartsWith("v1.", StringComparison.Ordinal) && parts.Length == 3 && int.TryParse(parts[1], out var minor)
            ? new TalosRelease(tag, minor)
            : throw new FormatException($"'{tag}' is not a Talos version such as v1.13.9.");
    }

    /// <summary>From 1.13 on apid itself serves maintenance mode; before, a small server of its own did, with other answers.</summary>
    public bool ApidInMaintenance => Minor >= 13;

    public bool RequiresInstallSection => Minor <= 12;

    public bool InstallDiskMustExist => Minor <= 8;

    public bool HasDiskResources => Minor >= 8;

    public bool HasVolumeResources => Minor >= 7;

    public bool TellsVolumeOffsets => Minor >= 12;

    public bool HasDiagnostics => Minor >= 8;

    public bool HasVersionResource => Minor >= 10;

    public override string ToString() => Tag;
}
