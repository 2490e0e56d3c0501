using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks.Inventories;

/// <summary>
/// A <see cref="DiskInventory"/> as <c>--save</c> keeps it. The same machine gives the same bytes: disks stand in the order of their
/// identities, and what differs from boot to boot without meaning is left out.
/// </summary>
/// <param name="Format">Always <see cref="CurrentFormat"/>.</param>
/// <param name="Taken">Where the disks were looked at.</param>
/// <param name="Host">The machine besides its disks; null unless the agent looked.</param>
internal sealed record SavedInventory(
    string Format, InventoryState Taken, InventoryContents Contents, IReadOnlyList<string> Guesses, HostInventory? Host, IReadOnlyList<BlockDevice> Disks)
{
    public const string CurrentFormat = "kronform-disk-inventory/1";

    public static string Write(DiskInventory inventory) => JsonSerializer.Serialize(
        new SavedInventory(
            CurrentFormat, inventory.Taken ?? inventory.Found, inventory.Contents, inventory.Guesses,
            inventory.Host is { } host ? host with { BootId = "", Disks = [] } : null,
            [.. inventory.Disks.Order(ByIdentity.Order)]),
        SavedInventoryJson.Readable.SavedInventory) + "\n";

    /// <exception cref="JsonException">Not this format.</exception>
    /// <exception cref="FormatException">Another version of it.</exception>
    public static DiskInventory Read(string text)
    {
        var saved = JsonSerializer.Deserialize(text, SavedInventoryJson.Default.SavedInventory);
        if (saved?.Format != CurrentFormat) throw new FormatException($"its format is {saved?.Format}, this program reads {CurrentFormat}; save it anew");
        if (saved.Disks is null) throw new FormatException("it has no disks");
        return new DiskInventory
        {
            Found = InventoryState.File,
            Taken = saved.Taken,
            Evidence = "a report's saved inventory",
            Contents = saved.Contents,
            Guesses = saved.Guesses ?? [],
            Disks = saved.Disks,
            Host = saved.Host is { } host ? host with { Disks = saved.Disks } : null,
        };
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, NewLine = "\n", PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(SavedInventory))]
internal sealed partial class SavedInventoryJson : JsonSerializerContext
{
    public static SavedInventoryJson Readable => field ??=
        new(new JsonSerializerOptions(Default.GeneratedSerializerOptions!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
