using Kronform.Provision.Protocol;

namespace Kronform.Provision.Runs.Identity;

/// <summary>
/// What tells one machine from all others, seen from inside its rescue system. Hetzner exchanges mainboards, network cards and
/// disks, so a server is still the same while anything of it is.
/// </summary>
/// <param name="Server">Robot's number, which the node has in provision.yaml.</param>
/// <param name="Address">Where it answered.</param>
/// <param name="MacAddresses">Of physical interfaces, lower case with colons.</param>
/// <param name="SystemUuid">SMBIOS; null where the firmware gives none, or the same one to every board.</param>
/// <param name="DiskSerials">Of all disks that have one.</param>
public sealed record MachineEvidence(int Server, string Address, IReadOnlyList<string> MacAddresses, string? SystemUuid, IReadOnlyList<string> DiskSerials)
{
    /// <summary>Left by makers who never set one: nothing, all ones, and the sample that AMI's firmware kit comes with.</summary>
    private static readonly string[] Placeholders =
        ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "03000200-0400-0500-0006-000700080009"];

    public static MachineEvidence Of(int server, string address, HostInventory inventory) => new(
        server, address, inventory.MacAddresses,
        inventory.SystemUuid is { } uuid && !Placeholders.Contains(uuid, StringComparer.OrdinalIgnoreCase) ? uuid : null,
        [.. inventory.Disks.Select(d => d.Serial).OfType<string>()]);

    /// <summary>Board or network card are the same.</summary>
    public bool SharesBoardWith(MachineEvidence other) =>
        MacAddresses.Intersect(other.MacAddresses, StringComparer.OrdinalIgnoreCase).Any()
        || (SystemUuid is { } uuid && uuid.Equals(other.SystemUuid, StringComparison.OrdinalIgnoreCase));

    public bool SharesDiskWith(MachineEvidence other) => DiskSerials.Intersect(other.DiskSerials).Any();

    public override string ToString() =>
        $"network {Words(MacAddresses)}, SMBIOS uuid {SystemUuid ?? "none"}, disks {Words(DiskSerials)}";

    private static string Words(IReadOnlyList<string> values) => values.Count == 0 ? "none" : string.Join(" ", values);
}

/// <summary>Whether the machine that answers is the node's. Pure.</summary>
public abstract record IdentityVerdict
{
    /// <summary>Nothing was known of this server.</summary>
    public sealed record First : IdentityVerdict;

    /// <param name="Changes">Parts that are others than last time, as sentences; mostly none.</param>
    public sealed record Same(IReadOnlyList<string> Changes) : IdentityVerdict;

    /// <param name="Why">What is known, and what was seen.</param>
    public sealed record Another(string Why) : IdentityVerdict;

    /// <param name="known">Of this node, from last time; null the first time.</param>
    /// <param name="others">Of the other nodes, by name.</param>
    public static IdentityVerdict Judge(MachineEvidence? known, MachineEvidence seen, IEnumerable<(string Node, MachineEvidence Known)> others)
    {
        // Disks are not asked here: a disk may have been moved over. Two nodes that changed numbers in provision.yaml are no clash.
        foreach (var (node, other) in others)
            if (other.Server != seen.Server && other.SharesBoardWith(seen))
                return new Another($"it is the machine that {node} was seen on as server {other.Server} ({other})");

        if (known is null || known.Server != seen.Server) return new First();
        bool board = known.SharesBoardWith(seen), disk = known.SharesDiskWith(seen);
        if (!board && !disk) return new Another($"nothing of it is as it was: it has {seen}; server {known.Server} had {known}");
        List<string> changes = [];
        if (!board) changes.Add("board and network card are others than last time, the disks are not: Hetzner will have exchanged the machine around them");
        foreach (string serial in known.DiskSerials.Except(seen.DiskSerials)) changes.Add($"the disk with serial {serial} is gone");
        foreach (string serial in seen.DiskSerials.Except(known.DiskSerials)) changes.Add($"the disk with serial {serial} is new");
        return new Same(changes);
    }
}
