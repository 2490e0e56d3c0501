using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kronform.Provision.TalosEmulator.Hardware;

/// <summary>A disk as Talos would report it; in a file, a JSON list of these with camelCase names.</summary>
/// <remarks>Setters, not init: the JSON source generator sets every init property, and absent ones would lose their defaults.</remarks>
public sealed record EmulatedDisk
{
    public required string Name { get; init; }

    /// <summary>Bytes.</summary>
    public required long Size { get; init; }

    public string Serial { get; set; } = "";

    /// <summary>`naa.…`, `eui.…` or `nvme.…`.</summary>
    public string Wwid { get; set; } = "";

    public string Model { get; set; } = "";

    public string Transport { get; set; } = "";

    public string BusPath { get; set; } = "";

    public int SectorSize { get; set; } = 512;

    public bool Rotational { get; set; }

    public bool Readonly { get; set; }

    public bool Cdrom { get; set; }

    /// <summary>What probing finds on the disk itself, in Talos's words (`gpt`, `bluestore`); empty for nothing.</summary>
    public string Content { get; set; } = "";

    public IReadOnlyList<EmulatedVolume> Partitions { get; set; } = [];

    public static IReadOnlyList<EmulatedDisk> ReadFile(string path)
    {
        using var stream = File.OpenRead(path);
        return JsonSerializer.Deserialize(stream, EmulatedDiskJson.Default.ListEmulatedDisk) ?? [];
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(List<EmulatedDisk>))]
internal sealed partial class EmulatedDiskJson : JsonSerializerContext;
