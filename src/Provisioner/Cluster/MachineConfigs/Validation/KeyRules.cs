using Kronform.Provision.Cluster.Yaml;

namespace Kronform.Provision.Cluster.MachineConfigs.Validation;

/// <summary>
/// Keys that no Talos from 1.4 to 1.14 has, at the top and below machine and cluster: nearly always a slip, and a patch that
/// slips would change nothing. Deeper ones are left to Talos, which is asked before anything is applied.
/// </summary>
internal static class KeyRules
{
    private static readonly (string Path, string[] Keys)[] Known =
    [
        ("", ["version", "debug", "persist", "machine", "cluster"]),
        ("machine",
        [
            "acceptedCAs", "baseRuntimeSpecOverrides", "ca", "certSANs", "controlPlane", "disks", "env", "features", "files", "install", "kernel", "kubelet", "logging", "network", "nodeAnnotations",
            "nodeLabels", "nodeTaints", "pods", "registries", "seccompProfiles", "sysctls", "sysfs", "systemDiskEncryption", "time", "token", "type", "udev",
        ]),
        ("cluster",
        [
            "acceptedCAs", "adminKubeconfig", "aescbcEncryptionSecret", "aggregatorCA", "allowSchedulingOnControlPlanes", "allowSchedulingOnMasters", "apiServer", "ca", "clusterName", "controlPlane",
            "controllerManager", "coreDNS", "discovery", "etcd", "externalCloudProvider", "extraManifestHeaders", "extraManifests", "id", "inlineManifests", "network", "proxy", "scheduler", "secret",
            "secretboxEncryptionSecret", "serviceAccount", "token",
        ]),
    ];

    public static void Check(ReviewedConfig config, ProblemList problems, ProblemList warnings)
    {
        bool unknownTalos = config.Version.IsAtLeast(1, DocumentKinds.NewestMinor + 1);
        foreach (var (path, keys) in Known)
        {
            if ((path.Length == 0 ? config.Main : config.Find(path)?.Value) is not YamlMap map) continue;
            foreach (var entry in map.Entries.Where(e => !keys.Contains(e.Key.Value)))
            {
                string? nearest = NearestName.Of(entry.Key.Value, keys);
                (unknownTalos ? warnings : problems).Add(entry.Key, path.Length == 0 ? entry.Key.Value : $"{path}.{entry.Key.Value}", "is not a key that Talos has",
                    nearest is null ? "remove it, or correct its indentation" : $"did you mean {nearest}?");
            }
        }
    }
}
