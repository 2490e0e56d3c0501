namespace Kronform.Provision.Agent.Inventory;

/// <summary>One disk in sysfs, with udev's record of it.</summary>
internal sealed class DiskFolder
{
    // Kernel names of things that are block devices but no disks. Anything without a device behind it is left out as well.
    private static readonly string[] NoDisks =
        ["loop", "ram", "zram", "sr", "scd", "fd", "nbd", "md", "dm-", "mtdblock", "ubiblock", "drbd", "bcache", "rbd", "zd", "nullb"];

    private readonly HostRoots _roots;

    private DiskFolder(HostRoots roots, string name)
    {
        _roots = roots;
        Name = name;
        Folder = RealPath(Path.Combine(roots.Sys, "block", name));
        MajorMinor = ValueFile.Read(Folder, "dev");
        Udev = UdevRecord.Read(roots, MajorMinor);
    }

    public string Name { get; }

    /// <summary>Below <c>/sys/devices</c>.</summary>
    public string Folder { get; }

    public string? MajorMinor { get; }

    public UdevRecord Udev { get; }

    public long SizeBytes => (ValueFile.ReadNumber(Folder, "size") ?? 0) * 512;

    public string? DeviceFolder => Directory.Exists(Path.Combine(Folder, "device")) ? RealPath(Path.Combine(Folder, "device")) : null;

    /// <summary>All candidates, in kernel name order (sda … sdz, sdaa; nvme2 before nvme10).</summary>
    public static IReadOnlyList<DiskFolder> Find(HostRoots roots) =>
        [.. ValueFile.Entries(roots.Sys, "block")
            .Where(name => !NoDisks.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)) && !name.Contains("boot", StringComparison.Ordinal))
            .Select(name => new DiskFolder(roots, name))
            // "hidden" are the single paths below a multipath NVMe namespace.
            .Where(disk => disk.SizeBytes > 0 && disk.DeviceFolder is not null && !ValueFile.ReadFlag(disk.Folder, "hidden"))
            .Order(Comparer<DiskFolder>.Create((a, b) => CompareNames(a.Name, b.Name)))];

    /// <summary>The partitions the kernel knows: number, start and size.</summary>
    public IReadOnlyList<(string Name, int Number, long OffsetBytes, long SizeBytes)> Partitions =>
        [.. ValueFile.Entries(Folder)
            .Where(entry => entry.StartsWith(Name, StringComparison.Ordinal) && File.Exists(Path.Combine(Folder, entry, "partition")))
            .Select(entry => (entry, (int)(ValueFile.ReadNumber(Folder, entry, "partition") ?? 0),
                (ValueFile.ReadNumber(Folder, entry, "start") ?? 0) * 512, (ValueFile.ReadNumber(Folder, entry, "size") ?? 0) * 512))
            .OrderBy(partition => partition.Item2)];

    /// <summary>The path with the last link followed, like <c>readlink</c> from the link's own real folder.</summary>
    private string RealPath(string path)
    {
        var target = new FileInfo(path).LinkTarget;
        if (target is null) return path;
        return Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path) ?? _roots.Sys, target));
    }

    private static int CompareNames(string a, string b)
    {
        var (stemA, numbersA) = Split(a);
        var (stemB, numbersB) = Split(b);
        // Letters count like digits of base 26: the longer name is the later disk.
        if (stemA.Length != stemB.Length && stemA[..2] == stemB[..2]) return stemA.Length.CompareTo(stemB.Length);
        var stems = string.CompareOrdinal(stemA, stemB);
        if (stems != 0) return stems;
        for (var index = 0; index < Math.Min(numbersA.Length, numbersB.Length); index++)
            if (numbersA[index] != numbersB[index]) return numbersA[index].CompareTo(numbersB[index]);
        return string.CompareOrdinal(a, b);
    }

    private static (string Stem, long[] Numbers) Split(string name)
    {
        var stem = new string([.. name.TakeWhile(letter => !char.IsAsciiDigit(letter))]).PadRight(2);
        var numbers = new string([.. name.Select(letter => char.IsAsciiDigit(letter) ? letter : ' ')])
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse).ToArray();
        return (stem, numbers);
    }
}
