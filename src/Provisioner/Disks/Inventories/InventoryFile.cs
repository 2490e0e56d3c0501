using System.Text.Json;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks.Inventories;

/// <summary>Disks from a file instead of a machine: the agent's inventory as saved, or lsblk's JSON.</summary>
public static class InventoryFile
{
    /// <exception cref="ProvisionException"><see cref="FailureCode.Usage"/> when it cannot be read or is neither.</exception>
    public static IReadOnlyList<BlockDevice> Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ProvisionException(FailureCode.Usage, $"Reading the inventory {path}: the file cannot be read", "Check the path.", error);
        }
        catch (Exception error) when (error is FormatException or JsonException)
        {
            throw new ProvisionException(FailureCode.Usage, $"Reading the inventory {path}: {(error is FormatException ? error.Message : "it is not an inventory")}",
                "Save one with kronform-agent inventory, or with lsblk -J -b -O.", error);
        }
    }

    private static IReadOnlyList<BlockDevice> Parse(string text)
    {
        // What the agent printed may be saved as it is: its last line of this kind is the inventory.
        var taken = text.Split('\n').Select(line => ProtocolJson.FromLine(line.Trim())).OfType<InventoryTaken>().LastOrDefault();
        if (taken is not null) return taken.Inventory.Disks;
        using (var document = JsonDocument.Parse(text))
        {
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("blockdevices", out _))
                return LsblkJson.Parse(text);
        }

        return JsonSerializer.Deserialize(text, ProtocolJson.Default.HostInventory)?.Disks ?? throw new FormatException("it is empty");
    }
}
