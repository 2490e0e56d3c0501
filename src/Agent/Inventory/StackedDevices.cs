using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Inventory;

/// <summary>Everything the kernel built on a disk: arrays, logical volumes, their partitions, what is stacked on those.</summary>
internal static class StackedDevices
{
    /// <summary>Names of the holders, at any depth, sorted; and where the disk or anything on it is mounted, sorted.</summary>
    public static (IReadOnlyList<StackedDevice> Holders, IReadOnlyList<string> Mounts) Of(HostRoots roots, DiskFolder disk, MountTable mounts)
    {
        var holders = new SortedSet<string>(StringComparer.Ordinal);
        var points = new SortedSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([disk.Name]);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (open.TryPop(out var name))
        {
            if (!seen.Add(name)) continue;
            var folder = name == disk.Name || !Directory.Exists(Path.Combine(disk.Folder, name))
                ? Path.Combine(roots.Sys, "class/block", name)
                : Path.Combine(disk.Folder, name);
            if (name == disk.Name) folder = disk.Folder;

            points.UnionWith(mounts.Of(ValueFile.Read(folder, "dev"), PathsTo(folder, name)));
            foreach (var holder in ValueFile.Entries(folder, "holders"))
            {
                holders.Add(holder);
                open.Push(holder);
            }
            foreach (var entry in ValueFile.Entries(folder))
                if (entry.StartsWith(name, StringComparison.Ordinal) && File.Exists(Path.Combine(folder, entry, "partition"))) open.Push(entry);
        }
        return ([.. holders.Select(name => new StackedDevice(name))], [.. points]);
    }

    private static List<string> PathsTo(string folder, string name)
    {
        var paths = new List<string> { "/dev/" + name };
        if (ValueFile.Read(folder, "dm/name") is { } mapped) paths.Add("/dev/mapper/" + mapped);
        return paths;
    }
}
