using System.Text.RegularExpressions;

namespace Kronform.Provision.Agent.Watching;

/// <summary>
/// Picks the kernel's lines about one disk. They name it in several ways: the disk (<c>[sda]</c>), its controller or port
/// (<c>nvme0</c>, <c>ata1.00</c>), its SCSI address (<c>sd 0:0:0:0</c>) or its PCI address. Pure.
/// </summary>
internal static partial class DiskKernelLines
{
    /// <param name="name">Kernel name.</param>
    /// <param name="folder">The disk's real folder below <c>/sys/devices</c>, whose parts carry the other names; null when it is gone.</param>
    public static IReadOnlyList<string> NamesOf(string name, string? folder)
    {
        var parts = (folder ?? "").Split('/');
        var names = parts.Where(part => Address().IsMatch(part)).ToList();
        // Of the PCI addresses on the way only the last is the disk's own controller; many disks share the others, and an
        // AHCI controller's is shared too, but there the port says it better.
        if (!names.Any(part => part.StartsWith("ata", StringComparison.Ordinal)) && parts.LastOrDefault(part => Pci().IsMatch(part)) is { } pci) names.Add(pci);
        return [name, .. names.Where(other => other != name).Distinct()];
    }

    public static bool Concerns(string line, IReadOnlyList<string> names) => names.Any(name => IsIn(line, name));

    private static bool IsIn(string line, string name)
    {
        for (var at = line.IndexOf(name, StringComparison.Ordinal); at >= 0; at = line.IndexOf(name, at + 1, StringComparison.Ordinal))
        {
            var before = at == 0 ? ' ' : line[at - 1];
            var after = at + name.Length == line.Length ? ' ' : line[at + name.Length];
            // "sda" is not in "sda1", and the address 0:0:0:0 not in 10:0:0:0.
            if (!char.IsAsciiLetterOrDigit(before) && before != ':' && !char.IsAsciiLetterOrDigit(after)) return true;
        }
        return false;
    }

    [GeneratedRegex(@"^(ata\d+|nvme\d+|virtio\d+|mmc\d+|\d+:\d+:\d+:\d+)$")]
    private static partial Regex Address();

    [GeneratedRegex("^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]$")]
    private static partial Regex Pci();
}
