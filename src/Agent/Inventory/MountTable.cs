namespace Kronform.Provision.Agent.Inventory;

/// <summary>What is mounted or swapped on, from <c>/proc/self/mountinfo</c> and <c>/proc/swaps</c>.</summary>
internal sealed record MountTable(IReadOnlyList<Mount> Mounts, IReadOnlyList<string> SwapDevices)
{
    public static MountTable Parse(string mountInfo, string swaps)
    {
        var mounts = new List<Mount>();
        foreach (var line in mountInfo.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw: optional fields end at the lone dash.
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-", 6 <= fields.Length ? 6 : fields.Length);
            if (dash < 0 || dash + 2 >= fields.Length) continue;
            mounts.Add(new Mount(fields[2], Unescape(fields[4]), fields[dash + 1], Unescape(fields[dash + 2])));
        }
        var devices = swaps.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(line => Unescape(line.Split(' ', '\t')[0])).ToArray();
        return new MountTable(mounts, devices);
    }

    public static MountTable Read(HostRoots roots) => Parse(
        ValueFile.Read(roots.Proc, "self/mountinfo") ?? "", ValueFile.Read(roots.Proc, "swaps") ?? "");

    /// <summary>Of several file systems mounted on <c>/</c> the last is the one that is seen.</summary>
    public string RootFileSystem => Mounts.LastOrDefault(mount => mount.Point == "/")?.FileSystem ?? "unknown";

    /// <summary>
    /// Mount points of a device. By number, and by name as well: btrfs shows a number of its own instead of the disk's.
    /// </summary>
    /// <param name="paths">Every path below <c>/dev</c> that leads to the device.</param>
    public IEnumerable<string> Of(string? majorMinor, IReadOnlyCollection<string> paths)
    {
        foreach (var mount in Mounts)
            if (mount.MajorMinor == majorMinor || paths.Contains(mount.Source)) yield return mount.Point;
        if (SwapDevices.Any(paths.Contains)) yield return "[SWAP]";
    }

    /// <summary>The kernel writes blanks, tabs, line ends and backslashes as three octal digits.</summary>
    private static string Unescape(string text)
    {
        if (!text.Contains('\\')) return text;
        var plain = new System.Text.StringBuilder();
        for (var index = 0; index < text.Length; index++)
        {
            if (text[index] == '\\' && index + 3 < text.Length && text.AsSpan(index + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0)
            {
                plain.Append((char)Convert.ToInt32(text.Substring(index + 1, 3), 8));
                index += 3;
            }
            else
            {
                plain.Append(text[index]);
            }
        }
        return plain.ToString();
    }
}

internal sealed record Mount(string MajorMinor, string Point, string FileSystem, string Source);
