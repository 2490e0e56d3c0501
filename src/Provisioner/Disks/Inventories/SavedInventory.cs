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
internal sealed record SavedInventory(
    string Format, InventoryState Taken, InventoryContents Contents, IReadOnlyList<string> Guesses, IReadOnlyList<BlockDevice> Disks)
{
    public const string CurrentFormat = "kronform-disk-inventory/1";

    /// <summary>The machine besides its disks; null unless the agent looked.</summary>
    public HostInventory? Host { get; init; }

    public static string Write(DiskInventory inventory) => JsonSerializer.Serialize(
        new SavedInventory(
            CurrentFormat, inventory.Taken ?? inventory.Found, inventory.Contents, inventory.Guesses, [.. inventory.Disks.Order(ByIdentity.Order)])
        {
            Host = inventory.Host is { } host ? host with { BootId = "", Disks = [] } : null,
        },
        SavedInventoryJson.Readable.SavedInventory) + "\n";

    /// <exception cref="JsonException">Not this format.</exception>
    /// <exception cref="FormatException">Another version of it.</exception>
    public static DiskInventory Read(string text, string? format)
    {
        if (format != CurrentFormat) throw new FormatException($"its format is {format}, this program reads {CurrentFormat}; save it anew");
        var saved = JsonSerializer.Deserialize(text, SavedInventoryJson.Default.SavedInventory) ?? throw new FormatException("it is empty");
        return new DiskInventory
        {
            Found = InventoryState.File,
            Taken = saved.Taken == InventoryState.File ? null : saved.Taken,
            Evidence = "a report's saved inventory",
            Contents = saved.Contents,
            Guesses = saved.Guesses,
            Disks = saved.Disks,
            Host = saved.Host is { } host ? host with { Disks = saved.Disks } : null,
        };
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, NewLine = "\n", PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true,
    // Without "contents" a file must not pass for one that was probed.
    RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(SavedInventory))]
internal sealed partial class SavedInventoryJson : JsonSerializerContext
{
    public static SavedInventoryJson Readable => field ??=
        new(new JsonSerializerOptions(Default.GeneratedSerializerOptions!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
