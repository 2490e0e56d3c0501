using System.Runtime.CompilerServices;

namespace Kronform.Provision.Provisioner.Tests.Disks;

/// <summary>Files beside the tests, read from the source tree so that a golden file can be refreshed in place.</summary>
internal static class Fixtures
{
    /// <param name="name">File name, of which <c>.json</c> may be left out.</param>
    public static string Inventory(string name) => Path.Combine(Folder(), "Inventories", name.EndsWith(".txt", StringComparison.Ordinal) ? name : name + ".json");

    public static IReadOnlyList<string> Inventories { get; } =
        [.. Directory.GetFiles(Path.Combine(Folder(), "Inventories")).Where(f => !f.EndsWith(".cs", StringComparison.Ordinal)).Select(f => Path.GetFileName(f).Replace(".json", "", StringComparison.Ordinal))];

    public static string Golden(string name) => Path.Combine(Folder(), "Reports", name);

    private static string Folder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
