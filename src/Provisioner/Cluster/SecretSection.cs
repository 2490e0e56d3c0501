using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster;

/// <summary>Reads <c>{ env: NAME }</c> or <c>{ file: path }</c>. Never repeats what it found: it may be the secret itself.</summary>
internal static class SecretSection
{
    public static SecretReference? Read(ConfigSection parent, string key, string purpose, string usualVariable, ConfigPaths paths)
    {
        var remedy = $"write {{ env: {usualVariable} }} or {{ file: path }}";
        if (parent.Find(key)?.Value is YamlText { IsNull: false })
        {
            parent.Report(key, "stands in the file itself, where secrets do not belong", remedy);
            return null;
        }

        if (parent.Section(key, remedy) is not { } section) return null;
        var variable = section.Text("env", "the name of an environment variable");
        var file = section.Text("file", "the path of a file");
        section.RejectUnknownKeys();

        if (section.Has("env") && section.Has("file"))
            parent.Report(key, "has both env and file", "keep one of the two");
        else if (!section.Has("env") && !section.Has("file"))
            parent.Report(key, "has neither env nor file", remedy);
        if (variable is not null && variable.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '_'))
        {
            section.Report("env", "is not the name of an environment variable", "write a name of letters, digits and underscores");
            return null;
        }

        return variable is null && file is null ? null
            : new SecretReference(purpose, variable, variable is null ? paths.Resolve(file!) : null);
    }
}
