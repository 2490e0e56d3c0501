using System.Text.Json;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Disks.Inventories;

/// <summary>Reads <c>lsblk -J -b -O</c>, or any selection of its columns, as a tree or a list.</summary>
public static class LsblkJson
{
    /// <exception cref="FormatException">Not lsblk's JSON, or sizes for people instead of bytes.</exception>
    public static IReadOnlyList<BlockDevice> Parse(string json) => Read(json).Disks;

    /// <exception cref="FormatException">Not lsblk's JSON, or sizes for people instead of bytes.</exception>
    public static DiskInventory Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("blockdevices", out var devices) || devices.ValueKind != JsonValueKind.Array)
                throw new FormatException("it has no list \"blockdevices\"");
            return LsblkDisks.Of([.. devices.EnumerateArray().Select(d => LsblkRow.FromJson(d, name => $"line {LineOf(json, name)}"))], "lsblk's JSON", isList: false);
        }
        catch (JsonException error)
        {
            throw new FormatException($"line {(error.LineNumber ?? 0) + 1}: it is not JSON", error);
        }
    }

    /// <summary>Where the device is named first.</summary>
    private static int LineOf(string json, string name)
    {
        int at = json.IndexOf($"\"{name}\"", StringComparison.Ordinal);
        return at < 0 ? 1 : json.AsSpan(0, at).Count('\n') + 1;
    }
}
