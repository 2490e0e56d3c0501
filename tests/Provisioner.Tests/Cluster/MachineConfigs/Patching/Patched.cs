using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs.Patching;
using Kronform.Provision.Cluster.Yaml;
using Kronform.Provision.Failures;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs.Patching;

/// <summary>A config and a patch as texts, merged.</summary>
internal sealed record Patched(string Text, IReadOnlyList<string> Problems, IReadOnlyList<string> Warnings)
{
    public static Patched Of(string before, string patch, string version = "v1.13.9")
    {
        var problems = new ProblemList("patch.yaml", FailureCode.MachineConfigInvalid);
        var warnings = new ProblemList("patch.yaml", FailureCode.MachineConfigInvalid);
        var merged = ConfigDocuments.Patch([.. Parse(before, "base.yaml").Cast<YamlMap>()], Parse(patch, "patch.yaml"), TalosVersion.TryParse(version)!, problems, warnings);
        return new Patched(YamlWriter.Write(merged), [.. problems.InFileOrder().Select(p => p.ToString())], [.. warnings.InFileOrder().Select(p => p.ToString())]);
    }

    public static IReadOnlyList<YamlNode> Parse(string text, string file)
    {
        var problems = new ProblemList(file, FailureCode.MachineConfigInvalid);
        var documents = YamlDocuments.Parse(text, problems);
        Assert.Empty(problems.InFileOrder());
        return documents;
    }

    /// <summary>Expected text is written as comfortably as the input.</summary>
    public static string Normal(string text) => YamlWriter.Write(Parse(text, "expected.yaml"));
}
