namespace Kronform.Provision.Cluster.Kubeconfigs;

/// <summary>Where kubectl writes to when it is not told: a file of the variable's list, else the one in the home folder.</summary>
public static class KubeconfigPaths
{
    public const string Variable = "KUBECONFIG";

    /// <param name="chosen">From the command line; wins when given.</param>
    public static string Find(string? chosen) => Find(
        chosen, Environment.GetEnvironmentVariable(Variable), Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), File.Exists);

    /// <summary>Of a list the first that exists, and where none does the last (client-go, tools/clientcmd, GetDefaultFilename).</summary>
    internal static string Find(string? chosen, string? variable, string home, Func<string, bool> exists)
    {
        if (chosen is not null) return chosen;
        string[] listed = (variable ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return listed.FirstOrDefault(exists) ?? listed.LastOrDefault() ?? Path.Combine(home, ".kube", "config");
    }
}
