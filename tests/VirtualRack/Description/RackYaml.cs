using System.Net;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Kronform.Provision.VirtualRack.Description;

/// <summary>Reads racks/*.yaml. Keys are in kebab-case, unknown keys are errors, and all problems are told at once.</summary>
public static class RackYaml
{
    public static RackDescription Load(string file)
    {
        try
        {
            return Parse(File.ReadAllText(file), Path.GetFileNameWithoutExtension(file), Path.GetDirectoryName(Path.GetFullPath(file))!);
        }
        catch (RackDescriptionException problem)
        {
            throw new RackDescriptionException($"{file}: {problem.Message}", problem.InnerException);
        }
    }

    /// <param name="folder">Relative paths in the text start here.</param>
    public static RackDescription Parse(string yaml, string name, string folder)
    {
        RackText text;
        try
        {
            text = new DeserializerBuilder().WithNamingConvention(HyphenatedNamingConvention.Instance).Build()
                .Deserialize<RackText>(yaml) ?? new RackText();
        }
        catch (YamlException problem)
        {
            throw new RackDescriptionException(
                $"line {problem.Start.Line}, column {problem.Start.Column}: {problem.InnerException?.Message ?? problem.Message}", problem);
        }

        var rack = new RackDescription(name, [.. text.Nodes.Select(n => Node(n, folder))]);
        var problems = RackRules.Problems(rack).ToList();
        return problems.Count == 0 ? rack : throw new RackDescriptionException(string.Join('\n', problems));
    }

    private static NodeDescription Node(NodeText text, string folder) => new(
        text.Name,
        text.Server,
        IPAddress.TryParse(text.Address, out var address) ? address : IPAddress.None,
        text.Firmware,
        text.Memory,
        text.ShuffleEachBoot,
        text.PoweredOn,
        new Quirks(
            text.Quirks.IgnoreResets,
            text.Quirks.NeverBootRescue,
            text.Quirks.BootDiskAlthoughArmed,
            text.Quirks.IgnoreCtrlAltDel,
            text.Quirks.LinkDown,
            text.Quirks.BootDelaySeconds),
        [.. text.Disks.Select(d => Disk(d, folder))])
    {
        Worker = text.Role switch
        {
            "controlplane" => false,
            "worker" => true,
            _ => throw new RackDescriptionException($"node {text.Name}: role is {text.Role}; it may be controlplane or worker"),
        },
    };

    private static DiskDescription Disk(DiskText text, string folder) => new(
        text.Name,
        text.Bus,
        text.Size,
        text.Serial,
        text.Wwn,
        text.Model,
        text.Rotational,
        text.SectorSize,
        text.Role,
        text.Fill switch
        {
            "none" => DiskFill.None,
            "ceph" => DiskFill.Ceph,
            "ext4" => DiskFill.Ext4,
            "random" => DiskFill.Random,
            "talos-stale" => DiskFill.TalosStale,
            _ => throw new RackDescriptionException(
                $"disk {text.Name}: fill is {text.Fill}; it may be none, ceph, ext4, random or talos-stale"),
        },
        text.FillFrom is null ? null : Path.GetFullPath(text.FillFrom, folder))
    {
        PhysicalSectorSize = text.PhysicalSectorSize ?? text.SectorSize,
        Faults = [.. text.Faults.Select(f => new DiskFault(f.On, f.At))],
        RecordWrites = text.RecordWrites,
    };

    // The shapes of the text, with its defaults.
    private sealed class RackText
    {
        public List<NodeText> Nodes { get; set; } = [];
    }

    private sealed class NodeText
    {
        public string Name { get; set; } = "";
        public int Server { get; set; }
        public string Address { get; set; } = "";
        public Firmware Firmware { get; set; }
        public string Role { get; set; } = "controlplane";
        public int Memory { get; set; } = 1024;
        public bool ShuffleEachBoot { get; set; }
        public bool PoweredOn { get; set; } = true;
        public QuirksText Quirks { get; set; } = new();
        public List<DiskText> Disks { get; set; } = [];
    }

    private sealed class QuirksText
    {
        public int IgnoreResets { get; set; }
        public bool NeverBootRescue { get; set; }
        public bool BootDiskAlthoughArmed { get; set; }
        public bool IgnoreCtrlAltDel { get; set; }
        public bool LinkDown { get; set; }
        public double BootDelaySeconds { get; set; }
    }

    private sealed class DiskText
    {
        public string Name { get; set; } = "";
        public DiskBus Bus { get; set; }
        public long Size { get; set; }
        public string Serial { get; set; } = "";
        public string? Wwn { get; set; }
        public string? Model { get; set; }
        public bool Rotational { get; set; }
        public int SectorSize { get; set; } = 512;
        public DiskRole Role { get; set; } = DiskRole.Data;
        public string Fill { get; set; } = "none";
        public string? FillFrom { get; set; }
        public int? PhysicalSectorSize { get; set; }
        public List<FaultText> Faults { get; set; } = [];
        public bool RecordWrites { get; set; }
    }

    private sealed class FaultText
    {
        public DiskAccess On { get; set; }
        public long At { get; set; } = -1;
    }
}
