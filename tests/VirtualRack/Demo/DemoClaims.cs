using Kronform.Provision.VirtualRack.Description;
using Kronform.Provision.VirtualRack.Hosting;
using Kronform.Provision.VirtualRack.Machines;

namespace Kronform.Provision.VirtualRack.Demo;

public sealed record Claim(string Text, bool Holds);

/// <summary>What a sceptic would look at after the demonstration, from the rack's side: not what provision says of itself.</summary>
internal static class DemoClaims
{
    public static IReadOnlyList<Claim> Check(
        NodeFile node, ProvisionOutcome first, ProvisionOutcome second,
        IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after, NodeStatusFacts facts) =>
    [
        new("the first run ended healthy and exited 0", first is { ExitCode: 0, Outcome: "changed" }),
        new("the second run changed nothing and exited 0", second is { ExitCode: 0, Outcome: "unchanged" }),
        .. node.Disks.Where(d => d.Role != DiskRole.System).Select(d =>
            new Claim($"disk {d.Name} (serial {d.Serial}) is byte for byte what it was: {before[d.Name][..16]}…", before[d.Name] == after[d.Name])),
        .. node.Disks.Where(d => d.Role == DiskRole.System).Select(d =>
            new Claim($"disk {d.Name} (serial {d.Serial}) was written", before[d.Name] != after[d.Name])),
        new("the node runs from a disk boot that the firmware chose", facts.LastBoot == BootKind.Disk),
        new("etcd was bootstrapped exactly once", facts.Bootstraps == 1),
        new("one reset was pressed", facts.Resets == 1),
    ];

    public static IReadOnlyList<Claim> Check(
        NodeFile node, ProvisionOutcome first, ProvisionOutcome second,
        IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after,
        Control.NodeStatus status, IReadOnlyList<NodeEvent> events) =>
        Check(node, first, second, before, after, NodeStatusFacts.Of(status, events));
}

internal sealed record NodeStatusFacts(BootKind LastBoot, int Bootstraps, int Resets)
{
    public static NodeStatusFacts Of(Control.NodeStatus status, IReadOnlyList<NodeEvent> events) => new(
        status.Boots[^1].Kind,
        events.Count(e => e.Line.Contains("\"bootstrap-accepted\"", StringComparison.Ordinal)),
        status.Resets);
}
