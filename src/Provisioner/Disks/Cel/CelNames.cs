using System.Globalization;

namespace Kronform.Provision.Disks.Cel;

internal enum CelScope
{
    /// <summary>Chooses the disk to install on: nothing is known of a system disk, and kernel names identify nothing.</summary>
    Install,

    /// <summary>Chooses the disk of a volume of an installed Talos.</summary>
    Volume,
}

/// <summary>What the names of an expression mean: the disk's fields (Talos: Disks.block.talos.dev) and the size constants.</summary>
internal static class CelNames
{
    private const string SystemDisk = "system_disk";

    /// <summary>Known to Talos, but not to be had from a rescue system.</summary>
    private static readonly string[] Unseen = ["io_size", "sub_system"];

    private static readonly Dictionary<string, ulong> Constants = new(StringComparer.Ordinal)
    {
        ["kB"] = 1000, ["MB"] = 1000_000, ["GB"] = 1000_000_000, ["TB"] = 1000_000_000_000,
        ["PB"] = 1000_000_000_000_000, ["EB"] = 1000_000_000_000_000_000,
        ["KiB"] = 1UL << 10, ["MiB"] = 1UL << 20, ["GiB"] = 1UL << 30, ["TiB"] = 1UL << 40, ["PiB"] = 1UL << 50, ["EiB"] = 1UL << 60,
    };

    public static CelTerm Name(string name, CelScope scope) => name switch
    {
        "true" => CelTerm.Constant(CelType.Bool, true),
        "false" => CelTerm.Constant(CelType.Bool, false),
        SystemDisk when scope == CelScope.Volume => new CelTerm(CelType.Bool, d => d.IsSystemDisk, Field: SystemDisk),
        // Talos leaves it undefined until then, so that the expression and its negation both choose nothing.
        SystemDisk => throw new CelException("uses system_disk, which is not known before the system is on a disk"),
        "volume" => throw new CelException("uses volume, which only expressions that look for existing volumes know", isUnsupported: true),
        _ when Constants.TryGetValue(name, out var value) => CelTerm.Constant(CelType.Unsigned, value),
        _ => throw new CelException($"uses {name}, which is not known here"),
    };

    public static CelTerm Field(string field, CelScope scope) => field switch
    {
        "size" => new CelTerm(CelType.Unsigned, d => (ulong)d.Size, Field: field),
        "sector_size" => new CelTerm(CelType.Unsigned, d => (ulong)d.Device.LogicalSectorBytes, Field: field),
        "readonly" => new CelTerm(CelType.Bool, d => d.Device.ReadOnly, Field: field),
        "rotational" => new CelTerm(CelType.Bool, d => d.Device.Rotational, Field: field),
        // Optical drives are never in an inventory.
        "cdrom" => new CelTerm(CelType.Bool, _ => false, Field: field),
        "model" => Text(field, d => d.Model),
        "serial" => Text(field, d => d.Serial),
        "modalias" => Text(field, d => d.Modalias),
        "wwid" => Text(field, d => d.Wwid),
        "bus_path" => Text(field, d => d.BusPath),
        "transport" => Text(field, d => d.Transport),
        "uuid" => Text(field, d => d.Uuid),
        "pretty_size" => Text(field, d => PrettySize((ulong)d.Size)),
        "symlinks" => new CelTerm(CelType.TextList, d => d.Device.ByIdLinks.Select(l => InstallDisk.ById + l).ToList(), Field: field),
        "dev_path" when scope == CelScope.Volume => Text(field, d => "/dev/" + d.Device.Name),
        "dev_path" => throw new CelException("uses disk.dev_path, a kernel name, which may mean another disk after the next boot"),
        _ when Unseen.Contains(field) => throw new CelException($"uses disk.{field}, which is not supported yet", isUnsupported: true),
        _ => throw new CelException($"uses disk.{field}, which is not a field of a disk"),
    };

    /// <summary>What a disk has instead, for the fields that a condition looked at.</summary>
    public static string Actual(TalosDisk disk, IReadOnlyList<string> fields) => fields.Count == 0 ? "it holds for no disk"
        : "it has " + string.Join(", ", fields.Select(f => f switch
        {
            "size" => $"size {ByteCount.Text(disk.Size)} ({disk.Size} bytes)",
            "symlinks" => disk.Device.ByIdLinks.Count == 0 ? "no links" : $"links {string.Join(", ", disk.Device.ByIdLinks)}",
            SystemDisk => disk.IsSystemDisk ? "the system" : "no system",
            _ => Field(f, CelScope.Volume).Value(disk) switch
            {
                "" => $"no {f}",
                bool flag => $"{f} {(flag ? "true" : "false")}",
                var value => $"{f} {value}",
            },
        }));

    /// <summary>go-humanize 1.0.1 Bytes: decimal units, one digit below ten, which Talos puts into <c>pretty_size</c>.</summary>
    private static string PrettySize(ulong bytes)
    {
        if (bytes < 10) return $"{bytes} B";
        string[] units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
        var power = (int)Math.Floor(Math.Log(bytes) / Math.Log(1000));
        var value = Math.Floor((bytes / Math.Pow(1000, power) * 10) + 0.5) / 10;
        return string.Create(CultureInfo.InvariantCulture, $"{value.ToString(value < 10 ? "0.0" : "0", CultureInfo.InvariantCulture)} {units[power]}");
    }

    private static CelTerm Text(string field, Func<TalosDisk, string> value) => new(CelType.Text, value, Field: field);
}
