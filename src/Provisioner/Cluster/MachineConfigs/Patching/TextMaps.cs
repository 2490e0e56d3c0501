namespace Kronform.Provision.Cluster.MachineConfigs.Patching;

/// <summary>Maps whose keys the operator chooses, by Talos's structs: a missing key is missed, and values are texts.</summary>
internal static class TextMaps
{
    private static readonly string[] Main =
    [
        "machine.sysctls", "machine.sysfs", "machine.env", "machine.nodeLabels", "machine.nodeAnnotations", "machine.nodeTaints", "machine.logging.destinations.extraTags",
        "machine.registries.mirrors", "machine.registries.config", "cluster.extraManifestHeaders", "machine.kubelet.extraArgs", "cluster.apiServer.extraArgs",
        "cluster.controllerManager.extraArgs", "cluster.scheduler.extraArgs", "cluster.proxy.extraArgs", "cluster.etcd.extraArgs", "cluster.apiServer.env", "cluster.controllerManager.env", "cluster.scheduler.env",
    ];

    private static readonly string[] OfDocuments = ["EnvironmentConfig.variables", "SysctlConfig.params", "SysfsConfig.params"];

    public static bool Contains(string kind, IEnumerable<string> path)
    {
        string dotted = string.Join('.', path);
        return kind.Length == 0 ? Main.Contains(dotted) : OfDocuments.Contains($"{kind}.{dotted}");
    }
}
