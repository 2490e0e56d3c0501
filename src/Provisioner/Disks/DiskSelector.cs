using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;

namespace Kronform.Provision.Disks;

/// <summary>
/// <c>machine.install.diskSelector</c> as conditions. Up to Talos 1.8 go-blockdevice matched the fields; from 1.9 on they are
/// translated to one CEL expression, with a different meaning of <c>type: ssd</c> and no <c>name</c>.
/// </summary>
internal static class DiskSelector
{
    private const string Root = "machine.install.diskSelector";

    private static readonly string[] Fields = ["size", "name", "model", "serial", "modalias", "uuid", "wwid", "type", "busPath"];

    /// <summary>The conditions in Talos's order; faults of single fields go to the problem list.</summary>
    public static IReadOnlyList<DiskPredicate> Read(IReadOnlyDictionary<string, ConfigText> selector, TalosVersion version, ProblemList problems)
    {
        var modern = version.IsAtLeast(1, 9);
        RejectUnusable(selector, modern, problems);

        var predicates = new List<DiskPredicate>();
        if (selector.TryGetValue("size", out var size)) Add(predicates, Size(size, problems));
        Add(predicates, Pattern(selector, "uuid", "uuid", d => d.Uuid));
        Add(predicates, Pattern(selector, "wwid", "wwid", d => d.Wwid));
        Add(predicates, Pattern(selector, "model", "model", d => d.Model));
        Add(predicates, Pattern(selector, "serial", "serial", d => d.Serial));
        Add(predicates, Pattern(selector, "modalias", "modalias", d => d.Modalias));
        if (modern)
            predicates.Add(new DiskPredicate("Talos's own condition on the transport", d => d.Transport.Length > 0, _ => "the disk has none", "disk.transport != \"\"") { IsImplied = true });
        if (selector.TryGetValue("type", out var type)) Add(predicates, Type(type, modern, problems));
        Add(predicates, Pattern(selector, "busPath", "bus_path", d => d.BusPath));
        if (modern)
        {
            predicates.Add(new DiskPredicate("Talos's own condition on writing", d => !d.Device.ReadOnly, _ => "the disk is read-only", "!disk.readonly") { IsImplied = true });
            // Optical drives are never in an inventory, so the last of Talos's own terms always holds.
            predicates.Add(new DiskPredicate("Talos's own condition on optical drives", _ => true, _ => "", "!disk.cdrom") { IsImplied = true });
        }

        return predicates;
    }

    /// <summary>The expression Talos 1.9 and later derives from the selector.</summary>
    public static string ToCel(IReadOnlyList<DiskPredicate> predicates) => string.Join(" && ", predicates.Select(p => p.Cel));

    private static void RejectUnusable(IReadOnlyDictionary<string, ConfigText> selector, bool modern, ProblemList problems)
    {
        foreach (var (key, value) in selector.Where(f => !Fields.Contains(f.Key)))
        {
            var nearest = NearestName.Of(key, Fields);
            problems.Add(value, $"{Root}.{key}", "is not a selector field",
                nearest is null ? $"known: {string.Join(", ", Fields)}" : $"did you mean {nearest}?");
        }

        if (selector.TryGetValue("name", out var name))
            problems.Add(name, $"{Root}.name",
                modern ? "is refused by Talos 1.9 and later" : "cannot be seen from the rescue system and is empty for most disks",
                "select by serial or wwid");
    }

    private static DiskPredicate? Size(ConfigText text, ProblemList problems)
    {
        if (SizeExpression.TryParse(text.Value) is { } size)
            return new DiskPredicate($"size: {text.Value.Trim()}", d => size.Matches(d.Size), d => $"it has {ByteCount.Text(d.Size)} ({d.Size} bytes)",
                $"disk.size {size.Operator} {size.Bytes}u");
        problems.Add(text, $"{Root}.size", $"\"{text.Value}\" is not a size condition", "write one like <= 1TB, in quotes when it begins with >");
        return null;
    }

    private static DiskPredicate? Pattern(IReadOnlyDictionary<string, ConfigText> selector, string field, string celField, Func<TalosDisk, string> value)
    {
        if (!selector.TryGetValue(field, out var text)) return null;
        var pattern = text.Value;
        return new DiskPredicate($"{field}: {pattern}", d => Glob.Matches(pattern, value(d)), d => Has(field, value(d)),
            $"glob({CelText(pattern)}, disk.{celField})");
    }

    private static DiskPredicate? Type(ConfigText text, bool modern, ProblemList problems)
    {
        DiskPredicate Of(Func<TalosDisk, bool> test, string cel) => new($"type: {text.Value}", test,
            d => $"it is {(d.Transport == "nvme" ? "nvme" : d.Transport == "mmc" ? "sd" : d.Device.Rotational ? "hdd" : "ssd")}", cel);
        switch (text.Value)
        {
            case "nvme": return Of(d => d.Transport == "nvme", "disk.transport == \"nvme\"");
            case "sd": return Of(d => d.Transport == "mmc", "disk.transport == \"mmc\"");
            case "hdd": return Of(d => d.Device.Rotational && (modern || d.Transport is not ("nvme" or "mmc")), "disk.rotational");
            // From 1.9 on NVMe counts as ssd too (siderolabs/talos #12370).
            case "ssd": return Of(d => !d.Device.Rotational && (modern || d.Transport is not ("nvme" or "mmc")), "!disk.rotational");
            default:
                problems.Add(text, $"{Root}.type", $"\"{text.Value}\" is not a disk type", "write ssd, hdd, nvme or sd");
                return null;
        }
    }

    internal static string Has(string field, string value) => value.Length == 0 ? $"it has no {field}" : $"it has {value}";

    private static string CelText(string value) =>
        $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static void Add(List<DiskPredicate> predicates, DiskPredicate? predicate)
    {
        if (predicate is not null) predicates.Add(predicate);
    }
}
