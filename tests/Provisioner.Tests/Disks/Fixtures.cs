using System.Runtime.CompilerServices;

namespace Kronform.Provision.Provisioner.Tests.Disks;

/// <summary>Files beside the tests, read from the source tree so that a golden file can be refreshed in place.</summary>
internal static class Fixtures
{
    public static string Inventory(string name) => Path.Combine(Folder(), "Inventories", name + ".json");

    public static string Golden(string name) => Path.Combine(Folder(), "Reports", name);

    private static string Folder([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
}
