using System.Security.Cryptography;
using System.Text;
using Kronform.Provision.Cluster.Yaml;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Cluster.MachineConfigs;

/// <summary>Reads a Talos machine config as far as provisioning uses it; Talos itself validates the rest.</summary>
public static class MachineConfigFile
{
    /// <exception cref="ConfigProblemsException"><see cref="FailureCode.MachineConfigInvalid"/> with everything that is wrong.</exception>
    internal static MachineConfig Parse(byte[] raw, string path)
    {
        var problems = new ProblemList(path, FailureCode.MachineConfigInvalid);
        var documents = YamlDocuments.Parse(Encoding.UTF8.GetString(raw).TrimStart('\uFEFF'), problems);
        return Read(raw, documents, problems);
    }

    /// <param name="raw">What the node gets.</param>
    /// <param name="documents">The same, parsed; each value knows its file.</param>
    /// <param name="problems">What was found so far.</param>
    /// <exception cref="ConfigProblemsException"><see cref="FailureCode.MachineConfigInvalid"/> with everything that is wrong.</exception>
    internal static MachineConfig Read(byte[] raw, IReadOnlyList<YamlNode> documents, ProblemList problems)
    {
        var config = problems.Any ? null : ReadDocuments(raw, documents, problems);
        return config is null || problems.Any
            ? throw new ConfigProblemsException($"Reading the machine config {problems.File}", problems.InFileOrder())
            : config;
    }

    private static MachineConfig? ReadDocuments(byte[] raw, IReadOnlyList<YamlNode> documents, ProblemList problems)
    {
        if (documents.Count == 0)
        {
            problems.Add(1, 1, "", "the file is empty", "write it with talosctl gen config");
            return null;
        }

        var maps = documents.OfType<YamlMap>().ToList();
        foreach (var other in documents.Where(d => d is not YamlMap))
            problems.Add(other, "", "the document is not a map of keys", "remove it, or correct its indentation");

        var main = maps.Where(m => m.Find("kind") is null).ToList();
        if (main.Count == 0 || (main[0].Find("version") is null && main[0].Find("machine") is null))
        {
            problems.Add(1, 1, "", "no document is a Talos machine config (version: v1alpha1 with machine and cluster)", "write it with talosctl gen config");
            return null;
        }

        foreach (var second in main.Skip(1))
            problems.Add(second, "", "a second document without kind", "keep one main document; the others need apiVersion and kind");
        var config = new MachineConfigReader(problems, main[0], maps.Where(m => m.Find("kind") is not null)).Read(raw, Convert.ToHexStringLower(SHA256.HashData(raw)));
        return config is null ? null : config with { Documents = maps };
    }
}
