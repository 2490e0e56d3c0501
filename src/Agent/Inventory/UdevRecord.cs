using System.Globalization;
using System.Text;

namespace Kronform.Provision.Agent.Inventory;

/// <summary>
/// What udev stored about a device (<c>/run/udev/data/b259:0</c>), which is where <c>lsblk</c> has serial and WWN from. Read
/// directly: it is one small file per disk, needs no process, and a captured file is a test.
/// </summary>
/// <param name="Links">Below <c>/dev</c>, e.g. <c>disk/by-id/wwn-0x5…</c>.</param>
internal sealed record UdevRecord(IReadOnlyDictionary<string, string> Properties, IReadOnlyList<string> Links)
{
    public static UdevRecord Empty { get; } = new(new Dictionary<string, string>(), []);

    public static UdevRecord Parse(string text)
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        var links = new List<string>();
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith("E:", StringComparison.Ordinal) && line.IndexOf('=') is > 2 and var equals)
                properties[line[2..equals]] = line[(equals + 1)..];
            else if (line.StartsWith("S:", StringComparison.Ordinal))
                links.Add(line[2..]);
        }
        return new UdevRecord(properties, links);
    }

    public static UdevRecord Read(HostRoots roots, string? majorMinor)
    {
        if (majorMinor is null) return Empty;
        return ValueFile.Read(roots.Run, "udev/data", "b" + majorMinor) is { } text ? Parse(text) : Empty;
    }

    /// <summary>Null when absent or blank.</summary>
    public string? this[string name] =>
        Properties.TryGetValue(name, out var value) && value.Trim() is { Length: > 0 } trimmed ? trimmed : null;

    /// <summary>udev has asked the disk itself and stored the answer.</summary>
    public bool NamesSerial => (this["ID_SCSI_SERIAL"] ?? this["SCSI_IDENT_SERIAL"] ?? this["ID_SERIAL_SHORT"]) is not null;

    public IReadOnlyList<string> ByIdLinks =>
        [.. Links.Where(link => link.StartsWith("disk/by-id/", StringComparison.Ordinal)).Select(link => link["disk/by-id/".Length..])
            .Order(StringComparer.Ordinal)];

    /// <summary>Undoes the <c>\x20</c> of the <c>…_ENC</c> properties.</summary>
    public static string Decode(string encoded)
    {
        var text = new StringBuilder(encoded.Length);
        for (var index = 0; index < encoded.Length; index++)
        {
            if (encoded[index] == '\\' && index + 3 < encoded.Length && encoded[index + 1] == 'x'
                && byte.TryParse(encoded.AsSpan(index + 2, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var value))
            {
                text.Append((char)value);
                index += 3;
            }
            else
            {
                text.Append(encoded[index]);
            }
        }
        return text.ToString().Trim();
    }
}
