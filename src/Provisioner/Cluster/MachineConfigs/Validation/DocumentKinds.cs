namespace Kronform.Provision.Cluster.MachineConfigs.Validation;

/// <summary>Kinds of documents beside the main one, and the minor release of Talos 1 each was first registered in (Talos source, pkg/machinery/config/types).</summary>
internal static class DocumentKinds
{
    /// <summary>The newest minor this table knows; what later ones know cannot be said.</summary>
    public const int NewestMinor = 14;

    private static readonly Dictionary<string, int> Since = new (int Minor, string Kinds)[]
    {
        (5, "EventSinkConfig KmsgLogConfig SideroLinkConfig"),
        (6, "NetworkDefaultActionConfig NetworkRuleConfig"),
        (7, "ExtensionServiceConfig WatchdogTimerConfig"),
        (8, "KubeSpanEndpointsConfig TrustedRootsConfig VolumeConfig"),
        (10, "EthernetConfig PCIDriverRebindConfig UserVolumeConfig"),
        (11, "ExistingVolumeConfig RawVolumeConfig SwapVolumeConfig ZswapConfig"),
        (12, "BondConfig BridgeConfig DHCPv4Config DHCPv6Config DummyLinkConfig HCloudVIPConfig HostnameConfig Layer2VIPConfig LinkAliasConfig LinkConfig OOMConfig"),
        (12, "RegistryAuthConfig RegistryMirrorConfig RegistryTLSConfig ResolverConfig StaticHostConfig TimeSyncConfig VLANConfig WireguardConfig"),
        (13, "BlackholeRouteConfig EnvironmentConfig ExternalVolumeConfig ImageVerificationConfig KubeSpanConfig RoutingRuleConfig TCPProbeConfig VRFConfig"),
        (14, "BGPInstanceConfig CRIBaseRuntimeSpecConfig CRICustomizationConfig ContainerConfig DiscoveryIdentityConfig DiscoveryServiceConfig EtcFileConfig FilesystemScrubConfig"),
        (14, "FilesystemTrimConfig HTTPProbeConfig ImageCacheConfig KernelModuleConfig LVMLogicalVolumeConfig LVMVolumeGroupConfig RAIDArrayConfig SecurityProfileConfig"),
        (14, "SysctlConfig SysfsConfig UdevRulesConfig UnattendedInstallConfig VethConfig KubeAPIServerCAConfig KubeClusterConfig KubeCredentialProviderConfig KubeExternalManifestConfig"),
        (14, "KubeInlineManifestConfig KubeNetworkConfig KubeNodeConfig KubePrismConfig KubeStaticPodConfig KubeletConfig"),
        (14, ControlPlaneKinds),
    }.SelectMany(row => row.Kinds.Split(' ').Select(kind => (kind, row.Minor))).ToDictionary(k => k.kind, k => k.Minor, StringComparer.Ordinal);

    private const string ControlPlaneKinds =
        "KubeAPIServerConfig KubeAdmissionControlConfig KubeAggregatorCAConfig KubeAuditPolicyConfig KubeAuthenticationConfig KubeAuthorizerConfig KubeControllerManagerConfig "
        + "KubeCoreDNSConfig KubeEtcdEncryptionConfig KubeFlannelCNIConfig KubeProxyConfig KubeSchedulerConfig KubeServiceAccountConfig KubeTalosAPIAccessConfig";

    public static IEnumerable<string> All => Since.Keys;

    /// <summary>Null for a kind that no known release has.</summary>
    public static int? FirstMinor(string kind) => Since.TryGetValue(kind, out int minor) ? minor : null;

    public static bool IsForControlPlanesOnly(string kind) => ControlPlaneKinds.Split(' ').Contains(kind);
}
