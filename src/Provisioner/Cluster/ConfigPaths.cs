namespace Kronform.Provision.Cluster;

/// <summary>Resolves paths written in provision.yaml: <c>~/</c> is the home folder, relative means relative to the file.</summary>
internal sealed class ConfigPaths(string configFile)
{
    private readonly string _folder = Path.GetDirectoryName(configFile) ?? "";

    public string Resolve(string written)
    {
        if (written == "~" || written.StartsWith("~/", StringComparison.Ordinal))
            return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), written.TrimStart('~').TrimStart('/'));
        return Path.Combine(_folder, written);
    }
}
