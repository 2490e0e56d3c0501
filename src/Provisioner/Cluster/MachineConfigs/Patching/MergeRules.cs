namespace Kronform.Provision.Cluster.MachineConfigs.Patching;

/// <summary>
/// The fields that do not follow the usual rule, and since which Talos. They are the <c>merge:"replace"</c> tags and the Merge
/// methods in Talos's source (pkg/machinery/config), release by release.
/// </summary>
internal static class MergeRules
{
    /// <param name="Kind">Of the document; empty for the main one.</param>
    /// <param name="Path">Dotted; <c>*</c> stands for one step, also for a list's element.</param>
    /// <param name="Minor">Of Talos 1, since when; earlier ones follow the usual rule.</param>
    /// <param name="Key">What elements are found by.</param>
    private sealed record Row(string Kind, string Path, int Minor, MergeRule Rule, string Key = "");

    private static readonly Row[] Rows =
    [
        new("", "cluster.network.podSubnets", 0, MergeRule.Replace),
        new("", "cluster.network.serviceSubnets", 0, MergeRule.Replace),
        new("", "cluster.apiServer.auditPolicy", 5, MergeRule.Replace),
        new("", "cluster.apiServer.admissionControl", 0, MergeRule.ByKey, "name"),
        new("", "machine.network.interfaces", 0, MergeRule.ByKey, "interface"),
        new("", "machine.network.interfaces.*.vlans", 0, MergeRule.ByKey, "vlanId"),
        new("", "machine.kubelet.extraArgs", 13, MergeRule.ReplaceEachKey),
        new("", "cluster.*.extraArgs", 13, MergeRule.ReplaceEachKey),
        new("NetworkRuleConfig", "ingress", 6, MergeRule.Replace),
        new("NetworkRuleConfig", "portSelector.ports", 6, MergeRule.Replace),
        new("ExtensionServiceConfig", "configFiles", 7, MergeRule.ByKey, "mountPath"),
        new("ImageVerificationConfig", "rules", 13, MergeRule.ReplaceByKey, "image"),
        new("KubeAuditPolicyConfig", "configuration", 14, MergeRule.Replace),
        new("KubeAuthenticationConfig", "configuration", 14, MergeRule.Replace),
        new("KubeCredentialProviderConfig", "configuration", 14, MergeRule.Replace),
        new("KubeStaticPodConfig", "pod", 14, MergeRule.Replace),
        new("KubeNetworkConfig", "podSubnets", 14, MergeRule.Replace),
        new("KubeNetworkConfig", "serviceSubnets", 14, MergeRule.Replace),
        new("CRIBaseRuntimeSpecConfig", "overrides", 14, MergeRule.Replace),
        new("BGPInstanceConfig", "advertise", 14, MergeRule.Replace),
        new("BGPInstanceConfig", "importRoutes", 14, MergeRule.Replace),
        new("BGPInstanceConfig", "neighbors", 14, MergeRule.Replace),
    ];

    /// <summary>Pointers to numbers and texts in Talos's structs: there an explicit zero or empty text overrides.</summary>
    private static readonly Row[] ZeroCounts =
    [
        new("", "machine.network.kubespan.mtu", 0, MergeRule.Usual),
        new("KubeSpanConfig", "mtu", 0, MergeRule.Usual),
        new("ZswapConfig", "maxPoolPercent", 0, MergeRule.Usual),
        new("LinkConfig", "addresses.*.routePriority", 0, MergeRule.Usual),
        new("BondConfig", "*", 0, MergeRule.Usual),
        new("EthernetConfig", "rings.*", 0, MergeRule.Usual),
        new("EthernetConfig", "channels.*", 0, MergeRule.Usual),
        new("LVMLogicalVolumeConfig", "mirrors", 0, MergeRule.Usual),
        new("LVMLogicalVolumeConfig", "stripes", 0, MergeRule.Usual),
    ];

    public static (MergeRule Rule, string Key) Find(string kind, IReadOnlyList<string> path, TalosVersion version) =>
        Rows.FirstOrDefault(r => r.Kind == kind && version.IsAtLeast(1, r.Minor) && Matches(r.Path, path)) is { } row ? (row.Rule, row.Key) : (MergeRule.Usual, "");

    /// <summary>Whether an empty text or a 0 in the patch overrides what is there.</summary>
    public static bool ZeroOverrides(string kind, IReadOnlyList<string> path) => ZeroCounts.Any(r => r.Kind == kind && Matches(r.Path, path)) || IsCertificateAndKey(kind, path);

    /// <summary>Certificate and key are bytes in Talos, for which an empty text is a value: how a worker's patch takes the CA's key away.</summary>
    public static bool IsCertificateAndKey(string kind, IReadOnlyList<string> path) =>
        kind.Length == 0 && path is [.., "crt" or "key"] && string.Join('.', path.SkipLast(1)) is "machine.ca" or "cluster.ca" or "cluster.aggregatorCA" or "cluster.etcd.ca" or "cluster.serviceAccount" && path[^1] is "crt" or "key";

    private static bool Matches(string pattern, IReadOnlyList<string> path)
    {
        string[] steps = pattern.Split('.');
        return steps.Length == path.Count && steps.Zip(path).All(p => p.First == "*" || p.First == p.Second);
    }
}
