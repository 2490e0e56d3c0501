using System.Globalization;
using System.Text.Json;

namespace Kronform.Provision.Disks.Inventories;

/// <summary>One device in lsblk's JSON. Versions before 2.33 write every value as text, so both forms are read.</summary>
internal readonly struct LsblkRow(JsonElement element)
{
    private readonly JsonElement _element = element.ValueKind == JsonValueKind.Object ? element : throw new FormatException("a device is not an object");

    /// <summary>The kernel's name where lsblk printed it; <c>name</c> is a mapper name for dm devices.</summary>
    public string Name => Text("kname") ?? Text("name") ?? throw new FormatException("a device has no name");

    public string? Type => Text("type");

    public long Size() => Number("size") ?? throw new FormatException($"{Name} has no size");

    public string? Text(string key)
    {
        if (!_element.TryGetProperty(key, out var value)) return null;
        var text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!.Trim(),
            JsonValueKind.Number => value.GetRawText(),
            _ => null,
        };
        return string.IsNullOrEmpty(text) ? null : text;
    }

    public long? Number(string key)
    {
        if (Text(key) is not { } text) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"{key} of {Name} is \"{text}\", not a number of bytes; save it with lsblk -b");
    }

    public bool Flag(string key) => _element.TryGetProperty(key, out var value) && value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.String => value.GetString() is "1" or "true",
        JsonValueKind.Number => value.GetRawText() == "1",
        _ => false,
    };

    public IEnumerable<LsblkRow> Children() =>
        _element.TryGetProperty("children", out var children) && children.ValueKind == JsonValueKind.Array
            ? children.EnumerateArray().Select(c => new LsblkRow(c))
            : [];

    public IEnumerable<LsblkRow> Descendants()
    {
        foreach (var child in Children())
        {
            yield return child;
            foreach (var deeper in child.Descendants()) yield return deeper;
        }
    }

    public IEnumerable<string> Mounts()
    {
        if (_element.TryGetProperty("mountpoints", out var list) && list.ValueKind == JsonValueKind.Array)
            return list.EnumerateArray().Where(m => m.ValueKind == JsonValueKind.String).Select(m => m.GetString()!).Where(m => m.Length > 0).ToList();
        return Text("mountpoint") is { } single ? [single] : [];
    }
}
