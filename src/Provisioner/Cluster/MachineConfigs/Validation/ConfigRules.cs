using System.Text.RegularExpressions;

namespace Kronform.Provision.Cluster.MachineConfigs.Validation;

/// <summary>Everything Talos would refuse that can be judged here, before a server is touched. The node itself is asked later, with a dry run.</summary>
internal static partial class ConfigRules
{
    public static void Check(MachineConfig config, TalosVersion version, ProblemList problems, ProblemList warnings)
    {
        if (config.Documents.Count == 0) return;
        var reviewed = new ReviewedConfig(config.Documents, config.Role, version);
        KeyRules.Check(reviewed, problems, warnings);
        FieldRules.Check(reviewed, problems);
        InterfaceRules.Check(reviewed, problems);
        DocumentRules.Check(reviewed, problems, warnings);
        WarnOfInstaller(reviewed, warnings);
    }

    /// <summary>A node that boots from the image is not installed by it; an upgrade that names no image takes it.</summary>
    private static void WarnOfInstaller(ReviewedConfig config, ProblemList warnings)
    {
        if (config.Find("machine.install.image") is not { } entry || Tag().Match(config.Text("machine.install.image")!) is not { Success: true } tag) return;
        if (TalosVersion.TryParse(tag.Groups[1].Value) is { } installer && (installer.Major, installer.Minor) != (config.Version.Major, config.Version.Minor))
            warnings.Add(entry.Key, "machine.install.image", $"is of Talos {installer}, and cluster.talosVersion is {config.Version}: an upgrade that names no image would go there", "name an image of the same release");
    }

    [GeneratedRegex(@":(v[0-9]+\.[0-9]+\.[0-9]+[^@/]*)(@sha256:[0-9a-f]+)?\z")]
    private static partial Regex Tag();
}
