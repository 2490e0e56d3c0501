using System.Security.Cryptography;
using System.Text;
using Kronform.Provision.Cluster.Yaml;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Cluster.MachineConfigs;

/// <summary>Reads a Talos machine config as far as provisioning uses it; Talos itself validates the rest.</summary>
public static class MachineConfigFile
{
    /// <exception cref="ProvisionException"><see cref="FailureCode.MachineConfigMissing"/> when it is not there.</exception>
    /// <exception cref="ConfigProblemsException"><see cref="FailureCode.MachineConfigInvalid"/> with everything that is wrong.</exception>
    public static MachineConfig Load(string path)
    {
        byte[] raw;
        try
        {
            raw = File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            var what = File.Exists(path) ? "cannot be read" : "does not exist";
            throw new ProvisionException(FailureCode.MachineConfigMissing, $"Reading the machine config {path}: the file {what}; nothing was touched",
                "Write it with talosctl gen config, or correct config in provision.yaml.", error);
        }

        return Parse(raw, path);
    }

    /// <exception cref="ConfigProblemsException"><see cref="FailureCode.MachineConfigInvalid"/> with everything that is wrong.</exception>
    internal static MachineConfig Parse(byte[] raw, string path)
    {
        var problems = new ProblemList(path, FailureCode.MachineConfigInvalid);
        var config = Read(raw, problems);
        return config is null || problems.Any
            ? throw new ConfigProblemsException($"Reading the machine config {path}", problems.InFileOrder())
            : config;
    }

    private static MachineConfig? Read(byte[] raw, ProblemList problems)
    {
        var documents = YamlDocuments.Parse(Encoding.UTF8.GetString(raw).TrimStart('\uFEFF'), problems);
        if (problems.Any) return null;
        if (documents.Count == 0)
        {
            problems.Add(1, 1, "", "the file is empty", "write it with talosctl gen config");
            return null;
        }

        var maps = documents.OfType<YamlMap>().ToList();
        foreach (var other in documents.Where(d => d is not YamlMap))
            problems.Add(other.Line, other.Column, "", "the document is not a map of keys", "remove it, or correct its indentation");

        // Encrypted values would look like valid ones to the checks below, so this is the only thing said of such a file.
        if (maps.Select(m => m.Find("sops")).FirstOrDefault(s => s is not null) is { } sops)
        {
            problems.Add(sops.Key.Line, sops.Key.Column, "sops", "the file is encrypted with sops",
                $"decrypt it first: sops --decrypt {problems.File} > FILE of mode 600, and name that as config");
            return null;
        }

        var main = maps.Where(m => m.Find("kind") is null).ToList();
        if (main.Count == 0 || (main[0].Find("version") is null && main[0].Find("machine") is null))
        {
            problems.Add(1, 1, "", "no document is a Talos machine config (version: v1alpha1 with machine and cluster)", "write it with talosctl gen config");
            return null;
        }

        foreach (var second in main.Skip(1))
            problems.Add(second.Line, second.Column, "", "a second document without kind", "keep one main document; the others need apiVersion and kind");
        return new MachineConfigReader(problems, main[0], maps.Where(m => m.Find("kind") is not null)).Read(raw, Convert.ToHexStringLower(SHA256.HashData(raw)));
    }
}
