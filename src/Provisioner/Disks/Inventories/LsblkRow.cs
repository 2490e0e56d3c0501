using System.Globalization;
using System.Text.Json;

namespace Kronform.Provision.Disks.Inventories;

/// <summary>
/// One device as lsblk printed it, whether as JSON or as pairs. Column names are in lower case with dashes (<c>log-sec</c>). Versions
/// before 2.33 write every value as text, so both forms are read.
/// </summary>
internal sealed class LsblkRow
{
    private readonly Dictionary<string, string> _values;
    private readonly IReadOnlyList<string> _mounts;
    private readonly Func<string, string> _place;

    private LsblkRow(Dictionary<string, string> values, IReadOnlyList<string> mounts, List<LsblkRow> children, Func<string, string> place) =>
        (_values, _mounts, Children, _place) = (values, mounts, children, place);

    /// <summary>The kernel's name where lsblk printed it; <c>name</c> is a mapper name for dm devices.</summary>
    public string Name => Text("kname") ?? Text("name") ?? throw new FormatException("a device has no name");

    public string? Type => Text("type");

    public List<LsblkRow> Children { get; }

    public IEnumerable<string> Columns => _values.Keys;

    /// <summary>Where the device stands in the file, for messages.</summary>
    public string Place => _place(Name);

    /// <param name="element">One member of <c>blockdevices</c> or <c>children</c>.</param>
    /// <param name="place">From a device's name to its place in the file.</param>
    public static LsblkRow FromJson(JsonElement element, Func<string, string> place)
    {
        if (element.ValueKind != JsonValueKind.Object) throw new FormatException("a device is not an object");
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var children = new List<LsblkRow>();
        IReadOnlyList<string> mounts = [];
        foreach (var member in element.EnumerateObject())
        {
            string key = Key(member.Name);
            if (member.Value.ValueKind == JsonValueKind.Array && key == "children")
                children.AddRange(member.Value.EnumerateArray().Select(c => FromJson(c, place)));
            else if (member.Value.ValueKind == JsonValueKind.Array && key == "mountpoints")
                mounts = [.. member.Value.EnumerateArray().Where(m => m.ValueKind == JsonValueKind.String).Select(m => m.GetString()!).Where(m => m.Length > 0)];
            values[key] = member.Value.ValueKind switch
            {
                JsonValueKind.String => member.Value.GetString()!.Trim(),
                JsonValueKind.Number => member.Value.GetRawText(),
                JsonValueKind.True => "1",
                _ => "",
            };
        }

        return new LsblkRow(values, mounts, children, place);
    }

    /// <param name="pairs">Columns and values of one line.</param>
    /// <param name="line">Counted from 1.</param>
    public static LsblkRow FromPairs(IEnumerable<(string Column, string Value)> pairs, int line)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (column, value) in pairs) values[Key(column)] = value.Trim();
        // Several mount points of one device are parted by line feeds.
        IReadOnlyList<string> mounts = values.TryGetValue("mountpoints", out var all) ? all.Split('\n', StringSplitOptions.RemoveEmptyEntries) : [];
        return new LsblkRow(values, mounts, [], _ => $"line {line}");
    }

    public long Size() => Number("size") ?? throw new FormatException($"{Place}: {Name} has no size; save it with lsblk -J -b -O");

    public bool Has(string column) => _values.ContainsKey(column);

    public string? Text(string column) => _values.TryGetValue(column, out var value) && value.Length > 0 ? value : null;

    public long? Number(string column)
    {
        if (Text(column) is not { } text) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"{Place}: {column} of {Name} is \"{text}\", not a number of bytes; save it with lsblk -b");
    }

    public bool Flag(string column) => Text(column) is "1" or "true";

    public IEnumerable<LsblkRow> Descendants()
    {
        foreach (var child in Children)
        {
            yield return child;
            foreach (var deeper in child.Descendants()) yield return deeper;
        }
    }

    public IEnumerable<string> Mounts() => _mounts.Count > 0 ? _mounts : Text("mountpoint") is { } single ? [single] : [];

    /// <summary>Pairs have LOG_SEC since util-linux 2.37 and LOG-SEC before.</summary>
    private static string Key(string column) => column.ToLowerInvariant().Replace('_', '-');
}
