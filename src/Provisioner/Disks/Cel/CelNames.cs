namespace Kronform.Provision.Disks.Cel;

/// <summary>What the names of an expression mean: the disk's fields (talos: Disks.block.talos.dev) and the size constants.</summary>
internal static class CelNames
{
    /// <summary>Known to Talos, but not to be had, or not reliable, from a rescue system.</summary>
    private static readonly string[] Unsupported = ["io_size", "sub_system", "pretty_size", "symlinks"];

    private static readonly Dictionary<string, ulong> Constants = new(StringComparer.Ordinal)
    {
        ["kB"] = 1000, ["MB"] = 1000_000, ["GB"] = 1000_000_000, ["TB"] = 1000_000_000_000,
        ["PB"] = 1000_000_000_000_000, ["EB"] = 1000_000_000_000_000_000,
        ["KiB"] = 1UL << 10, ["MiB"] = 1UL << 20, ["GiB"] = 1UL << 30, ["TiB"] = 1UL << 40, ["PiB"] = 1UL << 50, ["EiB"] = 1UL << 60,
    };

    public static CelTerm Name(string name) => name switch
    {
        "true" => CelTerm.Constant(CelType.Bool, true),
        "false" => CelTerm.Constant(CelType.Bool, false),
        "system_disk" => throw new CelException("uses system_disk, which is not known before the system is on a disk"),
        _ when Constants.TryGetValue(name, out var value) => CelTerm.Constant(CelType.Unsigned, value),
        _ => throw new CelException($"uses {name}, which is not known here"),
    };

    public static CelTerm Field(string field) => field switch
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
        "dev_path" => throw new CelException("uses disk.dev_path, a kernel name, which may mean another disk after the next boot"),
        _ when Unsupported.Contains(field) => throw new CelException($"uses disk.{field}, which is not supported yet"),
        _ => throw new CelException($"uses disk.{field}, which is not a field of a disk"),
    };

    private static CelTerm Text(string field, Func<TalosDisk, string> value) => new(CelType.Text, value, Field: field);
}
