using System.Globalization;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Disks;

namespace Kronform.Provision.Provisioner.Tests.Disks.RandomMachines;

/// <summary>
/// What an operator wrote, as the product reads it and as it was meant. The meaning is written down here a second time, from
/// Talos's rules, and asks nothing of the product.
/// </summary>
/// <param name="Criteria">Read by the product from a machine config and provision.yaml.</param>
/// <param name="Text">For people.</param>
/// <param name="Config">The machine config's meaning; null when it gives a kernel name only.</param>
/// <param name="Override">provision.yaml's meaning; null without one.</param>
internal sealed record RandomWish(DiskCriteria Criteria, string Text, Func<TrueDisk, bool>? Config, Func<TrueDisk, bool>? Override)
{
    private static readonly (string Text, decimal Bytes)[] SizeTexts =
    [
        ("1TB", 1_000_000_000_000m), ("600GB", 600_000_000_000m), ("1 TiB", 1_099_511_627_776m), ("512110190592", 512_110_190_592m), ("3.9 tb", 3_900_000_000_000m), ("4,000,787,030,016 B", 4_000_787_030_016m),
    ];

    private static readonly NodeSpec Node = new() { Name = "n4", ServerNumber = 1, Role = NodeRole.Worker, ConfigPath = "n4.yaml", Line = 1, Column = 1 };

    private static readonly MachineConfig Machine = new()
    {
        File = "n4.yaml", Raw = default, Sha256 = "", Role = NodeRole.Worker, RoleText = new ConfigText("worker", 2, 3),
        CaCertificatePem = "", CaFingerprint = "", CaPosition = (1, 1),
    };

    public static RandomWish Make(Random random, List<TrueDisk> disks)
    {
        var target = disks[random.Next(disks.Count)];
        var (config, meaning, text) = random.Next(8) switch
        {
            0 => KernelName(random),
            1 => Link(random, target),
            2 or 3 => Expression(random, target),
            _ => Selector(random, target),
        };
        // Mostly for a disk that the machine config means too.
        var named = random.Next(4) != 0 && disks.Find(d => meaning is null || meaning(d)) is { } meant ? meant : target;
        DiskOverride? chosen = random.Next(4) != 0 ? null
            : named.Serial is { } serial && random.Next(3) != 0 ? new DiskOverride(serial, null, 3, 3)
            : named.TalosWwid.Length > 0 ? new DiskOverride(null, random.Next(2) == 0 ? named.TalosWwid : named.Device.Wwn, 3, 3) : null;
        Func<TrueDisk, bool>? chosenMeaning = chosen is null ? null : chosen.Serial is not null ? d => d.Serial == chosen.Serial : d => d.TalosWwid == named.TalosWwid;

        var version = config.UnattendedMatch is not null ? "v1.14.0" : text.StartsWith("≤1.8", StringComparison.Ordinal) ? "v1.8.4" : "v1.13.9";
        var criteria = DiskCriteria.Of(Node with { Disk = chosen }, config, TalosVersion.TryParse(version)!);
        return new RandomWish(criteria, $"{text}{(chosen is null ? "" : $", override {chosen}")}", meaning, chosenMeaning);
    }

    public static IEnumerable<string> LinksOf(TrueDisk disk, string? wwn)
    {
        var model = disk.Virtual ? "QEMU_HARDDISK" : disk.LinkModel;
        if (disk is { Medium: Medium.SataSsd or Medium.SataHdd, Serial: not null }) yield return $"ata-{model}_{disk.Serial}";
        if (disk is { Medium: Medium.Nvme, Serial: not null })
        {
            yield return $"nvme-{model}_{disk.Serial}";
            yield return $"nvme-{model}_{disk.Serial}_1";
        }

        if (wwn is null) yield break;
        yield return wwn.StartsWith("0x", StringComparison.Ordinal) ? "wwn-" + wwn.ToLowerInvariant() : "nvme-" + wwn;
    }

    private static (MachineConfig, Func<TrueDisk, bool>?, string) KernelName(Random random)
    {
        var name = random.Next(2) == 0 ? "/dev/sda" : "/dev/nvme0n1";
        return random.Next(2) == 0
            ? (Machine with { InstallDisk = new ConfigText(name, 4, 5) }, null, $"disk {name}")
            : (Machine with { UnattendedMatch = new ConfigText($"disk.dev_path == \"{name}\"", 4, 5) }, null, $"dev_path {name}");
    }

    private static (MachineConfig, Func<TrueDisk, bool>?, string) Link(Random random, TrueDisk target)
    {
        var links = LinksOf(target, target.Device.Wwn).ToList();
        var link = links.Count == 0 || random.Next(20) == 0 ? "wwn-0x5000000000000000" : links[random.Next(links.Count)];
        var config = random.Next(2) == 0
            ? Machine with { InstallDisk = new ConfigText("/dev/disk/by-id/" + link, 4, 5) }
            : Machine with { UnattendedMatch = new ConfigText($"'/dev/disk/by-id/{link}' in disk.symlinks", 4, 5) };
        return (config, d => LinksOf(d, d.Device.Wwn).Contains(link), $"link {link}");
    }

    private static (MachineConfig, Func<TrueDisk, bool>?, string) Selector(Random random, TrueDisk target)
    {
        var old = random.Next(3) == 0;
        var fields = new Dictionary<string, ConfigText>();
        var tests = new List<Func<TrueDisk, bool>>();
        void Add(string field, string value, Func<TrueDisk, bool> test)
        {
            if (fields.TryAdd(field, new ConfigText(value, 5, 7))) tests.Add(test);
        }

        for (var count = random.Next(1, 4); count > 0; count--)
        {
            switch (random.Next(7))
            {
                case 0 or 1:
                    var symbol = RandomOperator(random);
                    var (text, bytes) = SizeTexts[random.Next(SizeTexts.Length)];
                    if (random.Next(3) == 0) (text, bytes) = (target.Size.ToString(CultureInfo.InvariantCulture), target.Size);
                    Add("size", symbol + (random.Next(2) == 0 ? " " : "") + text, d => Compare(d.Size, symbol, bytes));
                    break;
                case 2:
                    var type = random.Next(8) == 0 ? "sd" : target.Rotational ? "hdd" : target.Medium == Medium.Nvme && random.Next(2) == 0 ? "nvme" : "ssd";
                    Add("type", type, d => IsOfType(d, type, old));
                    break;
                case 3 when target.Serial is { } serial:
                    Add("serial", serial, d => d.Serial == serial);
                    break;
                case 4 when target.TalosWwid is { Length: > 0 } wwid:
                    Add("wwid", wwid, d => d.TalosWwid == wwid);
                    break;
                case 5:
                    var stem = target.TalosModel[..random.Next(2, target.TalosModel.Length)];
                    Add("model", stem + "*", d => d.TalosModel.StartsWith(stem, StringComparison.Ordinal));
                    break;
                default:
                    if (random.Next(3) == 0) Add("busPath", "/pci0000:00/*", d => d.BusPath.StartsWith("/pci0000:00/", StringComparison.Ordinal));
                    else Add("busPath", target.BusPath, d => d.BusPath == target.BusPath);
                    break;
            }
        }

        // From 1.9 on Talos adds these itself.
        if (!old) tests.Add(d => !d.TransportHidden && !d.ReadOnly);
        return (Machine with { InstallDisk = new ConfigText("none", 4, 5), DiskSelector = fields }, d => tests.TrueForAll(t => t(d)),
            $"{(old ? "≤1.8 " : "")}{string.Join(", ", fields.Select(f => $"{f.Key}: {f.Value.Value}"))}");
    }

    private static (MachineConfig, Func<TrueDisk, bool>?, string) Expression(Random random, TrueDisk target)
    {
        var symbol = RandomOperator(random);
        var gigabytes = random.Next(100, 5000);
        var serial = target.Serial ?? "NONE";
        (string Text, Func<TrueDisk, bool> Test)[] terms =
        [
            ($"disk.size {(symbol == "" ? "==" : symbol)} {gigabytes}u * GB", d => Compare(d.Size, symbol, gigabytes * 1_000_000_000m)),
            ("disk.transport == 'nvme'", d => d.Medium == Medium.Nvme),
            ("!disk.rotational", d => !d.Rotational),
            ($"disk.serial == \"{serial}\"", d => d.Serial == serial),
            ($"disk.serial.startsWith('{serial[..2]}')", d => d.Serial?.StartsWith(serial[..2], StringComparison.Ordinal) == true),
            ($"glob('{target.TalosModel[..4]}*', disk.model)", d => d.TalosModel.StartsWith(target.TalosModel[..4], StringComparison.Ordinal)),
            ($"disk.wwid in ['{target.TalosWwid}', 'x']", d => d.TalosWwid == target.TalosWwid),
            ("!disk.readonly && disk.transport != ''", d => !d.ReadOnly && !d.TransportHidden),
        ];
        var (left, right) = (terms[random.Next(terms.Length)], terms[random.Next(terms.Length)]);
        var (text, test) = random.Next(3) switch
        {
            0 => (left.Text, left.Test),
            1 => ($"{left.Text} && {right.Text}", d => left.Test(d) && right.Test(d)),
            _ => ($"{left.Text} || ({right.Text})", (Func<TrueDisk, bool>)(d => left.Test(d) || right.Test(d))),
        };
        return (Machine with { UnattendedMatch = new ConfigText(text, 4, 5) }, test, text);
    }

    private static string RandomOperator(Random random) => random.Next(6) switch { 0 or 1 => "<", 2 => "<=", 3 => ">", 4 => ">=", _ => "" };

    private static bool Compare(long size, string symbol, decimal bytes) => symbol switch
    {
        "<" => size < bytes,
        "<=" => size <= bytes,
        ">" => size > bytes,
        ">=" => size >= bytes,
        _ => size == bytes,
    };

    /// <summary>Up to 1.8 each disk has one type; from 1.9 on hdd and ssd only ask whether it rotates.</summary>
    private static bool IsOfType(TrueDisk disk, string type, bool old) => type switch
    {
        "nvme" => disk.Medium == Medium.Nvme,
        "sd" => disk.Medium == Medium.Card,
        "hdd" => disk.Rotational,
        _ => !disk.Rotational && (!old || disk.Medium is not (Medium.Nvme or Medium.Card)),
    };
}
