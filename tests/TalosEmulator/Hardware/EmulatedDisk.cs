using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kronform.Provision.TalosEmulator.Hardware;

/// <summary>A disk as Talos would report it; in a file, a JSON list of these with camelCase names.</summary>
public sealed record EmulatedDisk
{
    public required string Name { get; init; }

    /// <summary>Bytes.</summary>
    public required long Size { get; init; }

    public string Serial { get; init; } = "";

    /// <summary>`naa.…`, `eui.…` or `nvme.…`.</summary>
    public string Wwid { get; init; } = "";

    public string Model { get; init; } = "";

    public string Transport { get; init; } = "";

    public string BusPath { get; init; } = "";

    public int SectorSize { get; init; } = 512;

    public bool Rotational { get; init; }

    public bool Readonly { get; init; }

    public bool Cdrom { get; init; }

    public static IReadOnlyList<EmulatedDisk> ReadFile(string path)
    {
        using var stream = File.OpenRead(path);
        return JsonSerializer.Deserialize(stream, EmulatedDiskJson.Default.ListEmulatedDisk) ?? [];
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(List<EmulatedDisk>))]
internal sealed partial class EmulatedDiskJson : JsonSerializerContext;
