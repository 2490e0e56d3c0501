using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Cluster;

/// <summary>The nodes of provision.yaml, each by itself and against the others.</summary>
internal static partial class NodeSections
{
    public static IReadOnlyList<NodeSpec> Read(ConfigSection root, ConfigPaths paths)
    {
        if (root.Section("nodes", "add nodes with one entry for each server") is not { } section) return [];
        var patches = ConfigLayers.ReadPatches(root, paths);
        var read = new List<(NodeSpec Node, ConfigSection Section)>();
        foreach (var (name, node) in section.Sections("write server, role and config for the node"))
        {
            if (!NameShape().IsMatch(name))
                section.Report(name, "is not a host name", "use at most 63 lower-case letters, digits and dashes");
            if (node is null) continue;
            if (ReadNode(name, node, patches, paths) is { } spec) read.Add((spec, node));
        }

        if (!section.Entries.Any()) root.Report("nodes", "is empty", "add one entry for each server");
        RejectDuplicates(read, "server", n => n.ServerNumber > 0 ? n.ServerNumber.ToString() : null);
        RejectDuplicates(read, "address", n => n.Address?.ToString());
        RejectDuplicates(read, "config", n => n.ConfigPath.Length > 0 ? string.Join('\n', n.Patches.Prepend(n.ConfigPath).Select(Path.GetFullPath)) : null);
        RejectSecondBootstrap(read);
        return [.. read.Select(r => r.Node)];
    }

    /// <summary>
    /// A node with a faulty value is still returned, with an empty one in its place, so that it is compared with the others; the
    /// whole file is refused anyway.
    /// </summary>
    private static NodeSpec? ReadNode(string name, ConfigSection section, ClusterPatches patches, ConfigPaths paths)
    {
        var server = ReadServer(section);
        var address = ReadAddress(section);
        var role = ReadRole(section);
        var (config, own) = ConfigLayers.ReadConfig(section, paths);
        var bootstrap = section.Flag("bootstrap");
        var disk = ReadDisk(section);
        section.RejectUnknownKeys();

        if (bootstrap && role == NodeRole.Worker)
            section.Report("bootstrap", "is true, but the node is a worker", "mark a control plane instead", FailureCode.BootstrapRole);
        return new NodeSpec
        {
            Name = name,
            ServerNumber = server ?? 0,
            Address = address,
            Role = role ?? NodeRole.ControlPlane,
            ConfigPath = config ?? "",
            Patches = [.. patches.All, .. role == NodeRole.Worker ? patches.Worker : patches.ControlPlane, .. own],
            Bootstrap = bootstrap,
            Disk = disk,
            Line = section.Line,
            Column = section.Column,
        };
    }

    private static int? ReadServer(ConfigSection section)
    {
        const string shape = "Robot's number of the server";
        if (section.Text("server", shape, $"write {shape}") is not { } text) return null;
        if (text.All(char.IsAsciiDigit) && int.TryParse(text, out var number) && number > 0) return number;
        section.Report("server", $"\"{text}\" is not a server number", $"write {shape}, as its web page and /server list it");
        return null;
    }

    private static IPAddress? ReadAddress(ConfigSection section)
    {
        if (section.Text("address", "an IP address, or leave the key out") is not { } text) return null;
        // IPAddress also takes 10.77 for 10.0.0.77 and octal parts; nobody means those here.
        if (IPAddress.TryParse(text, out var address)
            && (address.AddressFamily == AddressFamily.InterNetworkV6 || address.ToString() == text)) return address;
        section.Report("address", $"\"{text}\" is not an IP address", "write one like 10.77.0.14, or leave the key out to use Robot's main IPv4");
        return null;
    }

    private static NodeRole? ReadRole(ConfigSection section)
    {
        if (section.Text("role", "controlplane or worker", "write controlplane or worker") is not { } text) return null;
        if (NodeRoles.TryParse(text) is { } role) return role;
        section.Report("role", $"\"{text}\" is not a role", "write controlplane or worker");
        return null;
    }

    private static DiskOverride? ReadDisk(ConfigSection section)
    {
        const string remedy = "write { serial: … } or { wwid: … }, or leave the key out";
        if (section.Section("disk", remedy, required: false) is not { } disk) return null;
        var serial = disk.Text("serial", "the disk's serial number");
        var wwid = disk.Text("wwid", "the disk's WWN");
        disk.RejectUnknownKeys();
        if (disk.Has("serial") && disk.Has("wwid")) section.Report("disk", "has both serial and wwid", "keep one of the two");
        else if (!disk.Has("serial") && !disk.Has("wwid")) section.Report("disk", "has neither serial nor wwid", remedy);
        if ((serial ?? wwid)?.Contains('*') == true)
            section.Report("disk", "holds a pattern", "write the complete value; patterns belong into the machine config's diskSelector");
        return serial is null && wwid is null ? null : new DiskOverride(serial, serial is null ? wwid : null, disk.Line, disk.Column);
    }

    private static void RejectDuplicates(List<(NodeSpec Node, ConfigSection Section)> nodes, string key, Func<NodeSpec, string?> value)
    {
        var seen = new Dictionary<string, NodeSpec>(StringComparer.Ordinal);
        foreach (var (node, section) in nodes)
        {
            if (value(node) is not { } current || seen.TryAdd(current, node)) continue;
            var first = seen[current];
            section.Report(key, $"is also that of {first.Name} (line {first.Line})", "give each node its own");
        }
    }

    private static void RejectSecondBootstrap(List<(NodeSpec Node, ConfigSection Section)> nodes)
    {
        var marked = nodes.Where(n => n.Node.Bootstrap).ToList();
        foreach (var (_, section) in marked.Skip(1))
            section.Report("bootstrap", $"is true here and at {marked[0].Node.Name} (line {marked[0].Node.Line})",
                "mark one control plane only: a second bootstrap makes a second cluster");
    }

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z")]
    private static partial Regex NameShape();
}
