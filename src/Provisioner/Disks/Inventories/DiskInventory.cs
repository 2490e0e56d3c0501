using System.Text.Json.Serialization;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks.Inventories;

/// <summary>What answered when a machine's disks were asked for.</summary>
public enum InventoryState
{
    /// <summary>The rescue system, over SSH; the agent looked.</summary>
    [JsonStringEnumMemberName("rescue")]
    Rescue,

    /// <summary>Talos without a machine config.</summary>
    [JsonStringEnumMemberName("maintenance")]
    Maintenance,

    /// <summary>Talos with this cluster's machine config, over mutual TLS.</summary>
    [JsonStringEnumMemberName("configured")]
    Configured,

    /// <summary>No machine: a file.</summary>
    [JsonStringEnumMemberName("file")]
    File,
}

/// <summary>How much is known of what is on the disks.</summary>
public enum InventoryContents
{
    /// <summary>The agent probed every disk and partition, and both partition tables.</summary>
    [JsonStringEnumMemberName("probed")]
    Probed,

    /// <summary>Somebody else's view, with at most one mark for each device: what lies below or beside it is not shown.</summary>
    [JsonStringEnumMemberName("partial")]
    Partial,

    /// <summary>Nothing: every disk carries <see cref="DiskInventory.ContentsUnknown"/>.</summary>
    [JsonStringEnumMemberName("not-told")]
    NotTold,
}

/// <summary>A machine's disks, and how well they are known.</summary>
public sealed record DiskInventory
{
    /// <summary>
    /// Kind of the mark that stands for contents nobody told of. The guards take a mark they do not know for data, so such a disk is
    /// never taken for an empty one.
    /// </summary>
    public const string ContentsUnknown = "contents-unknown";

    public required InventoryState Found { get; init; }

    /// <summary>Where a saved inventory was taken; null for files that do not say, and for machines that were asked now.</summary>
    public InventoryState? Taken { get; init; }

    /// <summary>Where and how the disks were looked at, as half a sentence.</summary>
    public required string Evidence { get; init; }

    public required InventoryContents Contents { get; init; }

    /// <summary>What was assumed because it was not told, one sentence each without a full stop.</summary>
    public IReadOnlyList<string> Guesses { get; init; } = [];

    public required IReadOnlyList<BlockDevice> Disks { get; init; }

    /// <summary>The machine besides its disks; null unless the agent looked.</summary>
    public HostInventory? Host { get; init; }

    public static DiskInventory FromRescue(HostInventory inventory) => new()
    {
        Found = InventoryState.Rescue,
        Evidence = "in the rescue system, over SSH; the agent looked at every disk",
        Contents = InventoryContents.Probed,
        Disks = inventory.Disks,
        Host = inventory,
    };

    public static Signature UnknownContents(string why) => new(ContentsUnknown, 0, why);

    public static bool IsUnknown(Signature signature) => signature.Kind == ContentsUnknown;
}
