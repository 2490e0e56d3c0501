using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;

namespace Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs;

/// <summary>A repository of machine configs as an operator has it, in a folder that goes away.</summary>
internal sealed class ConfigFolder : IDisposable
{
    /// <summary>What both roles share; a patch gives each node its name.</summary>
    public static string Base => SampleConfig.Text.Replace("    hostname: n4\n", "    nameservers: [185.12.64.1]\n", StringComparison.Ordinal);

    public string Root { get; } = Directory.CreateTempSubdirectory("configs-").FullName;

    public string this[string name] => Path.Combine(Root, name);

    public string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.WriteAllText(this[name], text);
        return this[name];
    }

    /// <summary>provision.yaml with this as n4's config, and at the end what else is to be said.</summary>
    public ClusterSpec Cluster(string config, string more = "", string version = "v1.13.9")
    {
        string text = ProvisionYaml.With("config: machineconfigs/n4.yaml", "config: " + config).Replace("talosVersion: v1.13.9", "talosVersion: " + version, StringComparison.Ordinal);
        return ClusterFile.Load(Write("provision.yaml", text + "\n" + more));
    }

    public static Task<MachineConfig> LoadAsync(ClusterSpec cluster, string node = "n4", CancellationToken cancellation = default) =>
        new NodeConfigs(cluster, TimeProvider.System).LoadAsync(cluster.FindNode(node), cancellation);

    /// <summary>Paths as an operator in the folder would see them.</summary>
    public string Shown(string text) => text.Replace(Root + "/", "", StringComparison.Ordinal);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
