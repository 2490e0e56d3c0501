using System.Text;
using Kronform.Provision.Cluster.MachineConfigs.Patching;
using Kronform.Provision.Cluster.Yaml;
using Kronform.Provision.Failures;

namespace Kronform.Provision.Cluster.MachineConfigs;

/// <summary>
/// The machine config that a node gets: its file, or a base with patches merged in the order of provision.yaml. Without patches
/// the bytes are the file's own. Nothing is written to a disk.
/// </summary>
public sealed class NodeConfigs(ClusterSpec cluster, TimeProvider time)
{
    private readonly ConfigSource _source = new(cluster, time);

    /// <exception cref="ProvisionException">
    /// <see cref="FailureCode.MachineConfigMissing"/> when a file is not there, <see cref="FailureCode.ConfigDecryption"/> when sops cannot open it.
    /// </exception>
    /// <exception cref="ConfigProblemsException"><see cref="FailureCode.MachineConfigInvalid"/> with everything that is wrong.</exception>
    public async Task<MachineConfig> LoadAsync(NodeSpec node, CancellationToken cancellation)
    {
        var problems = new ProblemList(node.ConfigPath, FailureCode.MachineConfigInvalid);
        var (raw, documents) = await _source.ReadAsync(node.ConfigPath, problems, cancellation);
        if (problems.Any || node.Patches.Count == 0) return MachineConfigFile.Read(raw, documents, problems);

        var warnings = new List<ConfigProblem>();
        IReadOnlyList<YamlMap> merged = [.. documents.OfType<YamlMap>()];
        foreach (var other in documents.Where(d => d is not YamlMap))
            problems.Add(other, "", "the document is not a map of keys", "remove it, or correct its indentation");
        foreach (string patch in node.Patches)
        {
            var (found, told) = (new ProblemList(patch, FailureCode.MachineConfigInvalid), new ProblemList(patch, FailureCode.MachineConfigInvalid));
            var (_, patchDocuments) = await _source.ReadAsync(patch, found, cancellation);
            if (!found.Any) merged = ConfigDocuments.Patch(merged, patchDocuments, cluster.TalosVersion, found, told);
            foreach (var problem in found.InFileOrder()) problems.Add(problem);
            warnings.AddRange(told.InFileOrder());
        }

        if (problems.Any) throw new ConfigProblemsException($"Merging the machine config of {node.Name}", problems.InFileOrder());
        byte[] text = Encoding.UTF8.GetBytes(YamlWriter.Write(merged));
        return MachineConfigFile.Read(text, merged, problems) with { Patches = node.Patches, PatchWarnings = warnings };
    }

    /// <summary>The text of a file to compare with, decrypted when it is encrypted.</summary>
    /// <exception cref="ProvisionException">As <see cref="LoadAsync"/>.</exception>
    internal async Task<string> ReadOtherAsync(string path, CancellationToken cancellation)
    {
        var (raw, _) = await _source.ReadAsync(path, new ProblemList(path, FailureCode.MachineConfigInvalid), cancellation);
        return Encoding.UTF8.GetString(raw);
    }
}
