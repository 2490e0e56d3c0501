using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Inventory.Stacks;

/// <summary>Everything the kernel built on a disk: arrays, logical volumes, their partitions, what is stacked on those.</summary>
internal static class StackedDevices
{
    /// <summary>The holders, at any depth, sorted by name; and where the disk or anything on it is mounted, sorted.</summary>
    public static (IReadOnlyList<StackedDevice> Holders, IReadOnlyList<string> Mounts) Of(HostRoots roots, DiskFolder disk, MountTable mounts)
    {
        var holders = new SortedSet<string>(StringComparer.Ordinal);
        var points = new SortedSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([disk.Name]);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (open.TryPop(out var name))
        {
            if (!seen.Add(name)) continue;
            var folder = FolderOf(roots, disk, name);
            points.UnionWith(mounts.Of(ValueFile.Read(folder, "dev"), PathsTo(folder, name)));
            foreach (var holder in ValueFile.Entries(folder, "holders").Concat(BcacheDevices(folder)))
            {
                holders.Add(holder);
                open.Push(holder);
            }
            foreach (var entry in ValueFile.Entries(folder))
                if (entry.StartsWith(name, StringComparison.Ordinal) && File.Exists(Path.Combine(folder, entry, "partition"))) open.Push(entry);
        }
        return ([.. holders.Select(name => StackedDeviceDescription.Of(roots, FolderOf(roots, disk, name), name))], [.. points]);
    }

    private static string FolderOf(HostRoots roots, DiskFolder disk, string name)
    {
        if (name == disk.Name) return disk.Folder;
        var below = Path.Combine(disk.Folder, name);
        return Directory.Exists(below) ? below : Path.Combine(roots.Sys, "class/block", name);
    }

    /// <summary>
    /// A caching disk of bcache is named by no holder, unlike the disk it caches: its cache set links to the devices it serves
    /// (Documentation/admin-guide/bcache.rst).
    /// </summary>
    private static IEnumerable<string> BcacheDevices(string folder)
    {
        foreach (var entry in ValueFile.Entries(folder, "bcache/set"))
            if (entry.StartsWith("bdev", StringComparison.Ordinal)
                && new DirectoryInfo(Path.Combine(folder, "bcache/set", entry, "dev")) is { LinkTarget: { } target })
                yield return Path.GetFileName(target.TrimEnd('/'));
    }

    private static List<string> PathsTo(string folder, string name)
    {
        var paths = new List<string> { "/dev/" + name };
        if (ValueFile.Read(folder, "dm/name") is { } mapped) paths.Add("/dev/mapper/" + mapped);
        return paths;
    }
}
