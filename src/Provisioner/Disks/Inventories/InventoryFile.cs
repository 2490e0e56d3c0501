using System.Text.Json;
using System.Text.RegularExpressions;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks.Inventories;

/// <summary>
/// Disks from a file instead of a machine: what <c>--save</c> kept, the agent's inventory or its output, lsblk's JSON or pairs, or
/// talosctl's disks.
/// </summary>
public static partial class InventoryFile
{
    private const string Remedy = "Save one with provision NODE --dry-run --save DIR, or in the rescue system with lsblk -J -b -O.";

    /// <exception cref="ProvisionException"><see cref="FailureCode.Usage"/> when it cannot be read or is none of these.</exception>
    public static DiskInventory Read(string path)
    {
        try
        {
            var inventory = Parse(File.ReadAllText(path));
            string taken = inventory.Taken switch
            {
                InventoryState.Rescue => ", taken in the rescue system",
                InventoryState.Maintenance => ", taken from Talos in maintenance mode",
                InventoryState.Configured => ", taken from configured Talos",
                _ => "",
            };
            return inventory with { Evidence = $"in the file {Path.GetFileName(path)}: {inventory.Evidence}{taken}; no machine was asked" };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProvisionException(FailureCode.Usage, $"Reading the inventory {path}: the file cannot be read", "Check the path.", error);
        }
        catch (Exception error) when (error is FormatException or JsonException)
        {
            throw new ProvisionException(FailureCode.Usage, $"Reading the inventory {path}: {Reason(error)}", Remedy, error);
        }
    }

    /// <exception cref="FormatException">With the line and what to save instead.</exception>
    /// <exception cref="JsonException">JSON of another kind, or broken.</exception>
    internal static DiskInventory Parse(string text)
    {
        // What the agent printed may be saved as it is: its last line of this kind is the inventory.
        var events = text.Split('\n').Select(line => ProtocolJson.FromLine(line.Trim())).ToList();
        if (events.OfType<InventoryTaken>().LastOrDefault() is { } taken) return FromAgent(taken.Inventory, "the agent's output");
        if (events.OfType<AgentFailed>().LastOrDefault() is { } failed)
            throw new FormatException($"line {events.IndexOf(failed) + 1}: the agent took no inventory: {failed.Message}");
        if (TalosGetFile.Looks(text)) return TalosGetFile.Read(text);
        if (!text.TrimStart().StartsWith('{')) return LsblkPairs.Looks(text) ? LsblkPairs.Read(text) : throw NotAnInventory(text);

        using (var document = JsonDocument.Parse(text))
        {
            if (document.RootElement.TryGetProperty("blockdevices", out _)) return LsblkJson.Read(text);
            if (document.RootElement.TryGetProperty("format", out var format)) return SavedInventory.Read(text, format.ToString());
        }

        return FromAgent(JsonSerializer.Deserialize(text, ProtocolJson.Default.HostInventory), "the agent's inventory");
    }

    private static DiskInventory FromAgent(HostInventory? inventory, string form) => inventory?.Disks is null
        ? throw new FormatException("it has no disks")
        : DiskInventory.FromRescue(inventory) with { Found = InventoryState.File, Taken = InventoryState.Rescue, Evidence = form };

    /// <summary>What people save by mistake, each with what they should have saved.</summary>
    private static FormatException NotAnInventory(string text)
    {
        foreach (var (line, number) in LsblkPairs.Lines(text))
        {
            if (LsblkTable().IsMatch(line))
                return new FormatException($"line {number}: this is lsblk's table for people, which rounds sizes or leaves them out; save lsblk -J -b -O");
            if (TalosTable().IsMatch(line))
                return new FormatException($"line {number}: this is talosctl's table for people, which rounds sizes; save talosctl get disks -o yaml (Talos 1.8 and newer)");
        }

        var first = LsblkPairs.Lines(text).FirstOrDefault();
        return new FormatException(first.Text is null
            ? "line 1: there is nothing in it but comments"
            : $"line {first.Number}: \"{LsblkPairs.Shortened(first.Text)}\" is no inventory in any form that is known here");
    }

    private static string Reason(Exception error) => error switch
    {
        FormatException => error.Message,
        JsonException { LineNumber: { } line } => $"line {line + 1}: it is not an inventory, or not whole",
        _ => "it is not an inventory",
    };

    [GeneratedRegex(@"^\s*NAME\s+(MAJ:MIN|FSTYPE|SIZE|WWN|TYPE|RM)\b|^[├└]─")]
    private static partial Regex LsblkTable();

    [GeneratedRegex(@"^(DEV\s+MODEL\s|NODE\s+NAMESPACE\s+TYPE\s)")]
    private static partial Regex TalosTable();
}
