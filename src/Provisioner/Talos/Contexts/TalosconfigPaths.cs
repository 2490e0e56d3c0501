namespace Kronform.Provision.Talos.Contexts;

/// <summary>Where talosctl looks for its configuration when it is not told: the variable, the home folder, a pod's mount.</summary>
public static class TalosconfigPaths
{
    public const string Variable = "TALOSCONFIG";

    private const string InPod = "/var/run/secrets/talos.dev/config";

    /// <param name="chosen">From the command line or a file; wins when given.</param>
    /// <returns>The first that exists; else the one that talosctl would create.</returns>
    public static string Find(string? chosen) => Find(
        chosen, Environment.GetEnvironmentVariable(Variable), Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), File.Exists);

    internal static string Find(string? chosen, string? variable, string home, Func<string, bool> exists)
    {
        if (chosen is not null)
            return chosen;
        // One path, not a list: talosctl takes the variable as it is.
        if (variable is { Length: > 0 })
            return variable;
        var own = Path.Combine(home, ".talos", "config");
        return !exists(own) && exists(InPod) ? InPod : own;
    }
}
