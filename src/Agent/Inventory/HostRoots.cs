namespace Kronform.Provision.Agent.Inventory;

/// <summary>Where the kernel and udev show the machine; tests point these at a captured tree.</summary>
internal sealed record HostRoots(string Sys, string Proc, string Run, string Etc)
{
    public static HostRoots System { get; } = new("/sys", "/proc", "/run", "/etc");
}

/// <summary>Small files of one value, as sysfs has them.</summary>
internal static class ValueFile
{
    /// <summary>Trimmed (NULs too: some drives pad with them); null when absent, unreadable or empty.</summary>
    public static string? Read(params string[] path)
    {
        try
        {
            var text = File.ReadAllText(Path.Combine(path)).Trim().Trim('\0').Trim();
            return text.Length == 0 ? null : text;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public static long? ReadNumber(params string[] path) => long.TryParse(Read(path), out var number) ? number : null;

    public static bool ReadFlag(params string[] path) => Read(path) == "1";

    /// <summary>Entry names of a folder, sorted; none when it is absent.</summary>
    public static IReadOnlyList<string> Entries(params string[] path)
    {
        var folder = Path.Combine(path);
        if (!Directory.Exists(folder)) return [];
        return [.. new DirectoryInfo(folder).EnumerateFileSystemInfos().Select(entry => entry.Name).Order(StringComparer.Ordinal)];
    }
}
