using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster;

/// <summary>The patches of the whole cluster, as resolved paths.</summary>
internal sealed record ClusterPatches(IReadOnlyList<string> All, IReadOnlyList<string> ControlPlane, IReadOnlyList<string> Worker);

/// <summary>Reads <c>nodes.NAME.config</c>, a file or a base with patches, and the cluster-wide <c>patches</c>.</summary>
internal static class ConfigLayers
{
    private const string ConfigShape = "the path of the node's Talos machine config";
    private const string PatchShape = "the path of a patch file";

    /// <returns>Resolved paths; the file is null when there is none.</returns>
    public static (string? File, IReadOnlyList<string> Patches) ReadConfig(ConfigSection node, ConfigPaths paths)
    {
        if (node.Find("config")?.Value is not YamlMap)
            return (node.Text("config", ConfigShape, $"write {ConfigShape}") is { } file ? paths.Resolve(file) : null, []);

        var config = node.Section("config", "write base and patches")!;
        var basis = config.Text("base", "the path of the machine config to start from", "write the path of the machine config to start from");
        var patches = config.Texts("patches", PatchShape);
        config.RejectUnknownKeys();
        return (basis is null ? null : paths.Resolve(basis), Resolve(patches, paths));
    }

    public static ClusterPatches ReadPatches(ConfigSection root, ConfigPaths paths)
    {
        if (root.Section("patches", "write all, controlplane and worker, each a list of paths", required: false) is not { } section) return new ClusterPatches([], [], []);
        var patches = new ClusterPatches(
            Resolve(section.Texts("all", PatchShape), paths), Resolve(section.Texts("controlplane", PatchShape), paths), Resolve(section.Texts("worker", PatchShape), paths));
        section.RejectUnknownKeys();
        return patches;
    }

    private static IReadOnlyList<string> Resolve(IReadOnlyList<string> written, ConfigPaths paths) => [.. written.Select(paths.Resolve)];
}
