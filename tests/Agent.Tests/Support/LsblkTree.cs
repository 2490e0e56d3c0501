using System.Text.RegularExpressions;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>
/// The tree that <c>lsblk</c> draws (columns NAME MAJ:MIN RM SIZE RO TYPE MOUNTPOINT), and sysfs as the kernel must have shown it. Lines
/// that begin with # are remarks.
/// </summary>
internal sealed partial record LsblkTree(IReadOnlyList<LsblkTree.Line> Lines)
{
    /// <param name="Parent">Index of the device it is drawn below; -1 for the first of a tree.</param>
    internal sealed record Line(string Name, string Number, string Type, string? Mount, int Parent);

    public static LsblkTree Read(string file)
    {
        var lines = new List<Line>();
        var open = new List<(int Indent, int Index)>();
        foreach (var text in File.ReadLines(file))
        {
            if (text.StartsWith('#') || Row().Match(text) is not { Success: true } row) continue;
            var indent = row.Groups["indent"].Length;
            open.RemoveAll(above => above.Indent >= indent);
            var mount = row.Groups["mount"].Value.Trim();
            lines.Add(new Line(row.Groups["name"].Value, row.Groups["number"].Value, row.Groups["type"].Value, mount.Length == 0 ? null : mount, open.Count == 0 ? -1 : open[^1].Index));
            open.Add((indent, lines.Count - 1));
        }
        return new LsblkTree(lines);
    }

    public void BuildOn(FakeHost host)
    {
        var mounts = "1 1 0:2 / /run rw - tmpfs none rw\n";
        var swaps = "Filename Type Size Used Priority\n";
        foreach (var line in Lines.DistinctBy(line => line.Name))
        {
            var below = Lines.Where(child => child.Parent >= 0 && Lines[child.Parent].Name == line.Name).ToArray();
            var folder = FolderOf(line);
            if (line.Type == "disk")
                host.Add(new FakeDisk(line.Name, 4 << 20) { Bus = Bus(line.Name), Number = line.Number, Udev = new() { ["ID_SERIAL_SHORT"] = "S" + line.Name, ["ID_WWN"] = "eui." + line.Name } });
            else
                host.Put($"{folder}/dev", line.Number + "\n");
            if (line.Type == "part")
            {
                var number = int.Parse(TrailingDigits().Match(line.Name).Value);
                host.Put($"{folder}/partition", $"{number}\n");
                host.Put($"{folder}/start", $"{number * 1024}\n");
                host.Put($"{folder}/size", "1024\n");
            }
            if (line.Type.StartsWith("raid", StringComparison.Ordinal)) host.Put($"{folder}/md/level", line.Type + "\n");
            foreach (var child in below.Where(child => child.Type != "part")) host.Put($"{folder}/holders/{child.Name}", "");
            foreach (var child in below.Where(child => child.Type == "part" && line.Type != "disk")) host.Put($"{folder}/{child.Name}/partition", "1\n");
            if (line.Mount == "[SWAP]") swaps += $"/dev/{line.Name} partition 1 0 -2\n";
            else if (line.Mount is not null) mounts += $"2 1 {line.Number} / {line.Mount} rw - ext4 /dev/{line.Name} rw\n";
        }
        host.Put("proc/self/mountinfo", mounts);
        host.Put("proc/swaps", swaps);
    }

    private string FolderOf(Line line) => line switch
    {
        { Type: "disk" } => $"sys/devices/{Bus(line.Name)}/block/{line.Name}",
        { Type: "part" } when Lines[line.Parent].Type == "disk" => $"{FolderOf(Lines[line.Parent])}/{line.Name}",
        _ => $"sys/class/block/{line.Name}",
    };

    private static string Bus(string disk) => disk.StartsWith("nvme", StringComparison.Ordinal)
        ? $"pci0000:00/{disk}/nvme/{disk[..^2]}"
        : $"pci0000:00/0000:00:17.0/ata{disk[^1] - 'a' + 1}/host0/target0:0:0/{disk[^1] - 'a'}:0:0:0";

    [GeneratedRegex(@"^(?<indent>[^A-Za-z]*)(?<name>[a-z][a-z0-9]*)\s+(?<number>\d+:\d+)\s+\d+\s+\S+\s+\d+\s+(?<type>\S+)(?<mount>.*)$")]
    private static partial Regex Row();

    [GeneratedRegex(@"\d+$")]
    private static partial Regex TrailingDigits();
}
