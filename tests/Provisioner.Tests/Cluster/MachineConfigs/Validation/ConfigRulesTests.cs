using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Cluster.MachineConfigs.Validation;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs.SampleConfig;

namespace Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs.Validation;

/// <summary>What Talos would refuse, a row each: the piece of a good config, what it becomes, for which Talos, and what is said.</summary>
public sealed class ConfigRulesTests
{
    private const string End = "      name: none\n";
    private const string Network = "    hostname: n4\n";

    private static readonly string Worker = With("type: controlplane", "type: worker").Replace(Ca.Key, "\"\"", StringComparison.Ordinal).Replace("hostname: n4", "hostname: n5", StringComparison.Ordinal);

    public static TheoryData<string, string, string, string> Faults { get; } = new()
    {
        { "version: v1alpha1\n", "version: v1\n", "v1.13.9", "n4.yaml:1:1 version: is not v1alpha1; write version: v1alpha1" },
        { "version: v1alpha1\n", "version: v1alpha1\npersist: false\n", "v1.13.9", "n4.yaml:2:1 persist: is false, and Talos keeps every config; write true, or leave the key out" },
        { "version: v1alpha1\n", "version: v1alpha1\nmachin: {}\n", "v1.13.9", "n4.yaml:2:1 machin: is not a key that Talos has; did you mean machine?" },
        { "  network:\n    hostname", "  netwrok: {}\n  network:\n    hostname", "v1.13.9", "n4.yaml:8:3 machine.netwrok: is not a key that Talos has; did you mean network?" },
        { "  secret: Z2VoZWlt\n", "  secrets: Z2VoZWlt\n", "v1.13.9", "n4.yaml:17:3 cluster.secrets: is not a key that Talos has; did you mean secret?" },
        { End, "      name: cilium\n", "v1.13.9", "n4.yaml:22:7 cluster.network.cni.name: is not a CNI that Talos knows; write flannel, custom or none" },
        { End, End + "      urls: [https://x]\n", "v1.13.9", "n4.yaml:23:7 cluster.network.cni.urls: only goes with name: custom; write name: custom, or remove urls" },
        { End, End + "    dnsDomain: cluster local\n", "v1.13.9", "n4.yaml:23:5 cluster.network.dnsDomain: is not a DNS name; write one like cluster.local" },
        { "  secret: Z2VoZWlt\n", "  discovery: {enabled: true}\n", "v1.13.9", "n4.yaml:17:15 cluster.discovery.enabled: needs cluster.secret for the discovery service; write cluster.secret as talosctl gen config does, or disable the service registry" },
        { "  id: Y2x1c3Rlci1pZA==\n", "  discovery: {enabled: true}\n", "v1.13.9", "n4.yaml:16:15 cluster.discovery.enabled: needs cluster.id for the discovery service; write cluster.id as talosctl gen config does, or disable the service registry" },
        { "  install:\n", "  features:\n    hostDNS: {forwardKubeDNSToHost: true}\n  install:\n", "v1.13.9", "n4.yaml:11:15 machine.features.hostDNS.forwardKubeDNSToHost: needs machine.features.hostDNS.enabled; write enabled: true beside it" },
        { "  install:\n", "  install:\n    extraKernelArgs: [a]\n    grubUseUKICmdline: true\n", "v1.12.0", "n4.yaml:11:5 machine.install.extraKernelArgs: cannot be used with grubUseUKICmdline; put the arguments into the image's schematic, or write grubUseUKICmdline: false" },
        { "hostname: n4", "hostname: n_4", "v1.13.9", "n4.yaml:9:5 machine.network.hostname: is not a host name; use at most 63 letters, digits and dashes before the first dot, and 253 characters in all" },
        { Network, Network + "    interfaces:\n      - dhcp: true\n", "v1.13.9", "n4.yaml:11:9 machine.network.interfaces: has neither interface nor deviceSelector; write which network card it is" },
        { Network, Network + "    interfaces:\n      - {interface: eth0, deviceSelector: {driver: a}}\n", "v1.13.9", "n4.yaml:11:9 machine.network.interfaces: has both interface and deviceSelector; keep one of the two" },
        { Network, Network + "    interfaces:\n      - {interface: eth0, bond: {mode: a}, bridge: {interfaces: [b]}}\n", "v1.13.9", "n4.yaml:11:9 machine.network.interfaces: is both a bond and a bridge; keep one of the two" },

        { End, End + "---\nkind: UserVolumeConfig\nname: a\n", "v1.13.9", "n4.yaml:24:1 apiVersion: is missing; write apiVersion: v1alpha1" },
        { End, End + "---\napiVersion: v1\nkind: UserVolumeConfig\nname: a\n", "v1.13.9", "n4.yaml:24:1 apiVersion: \"v1\" is not one that Talos has; write apiVersion: v1alpha1" },
        { End, End + "---\napiVersion: v1alpha1\nkind: UserVolumConfig\nname: a\n", "v1.13.9", "n4.yaml:25:1 kind: UserVolumConfig is not a kind that Talos v1.13.9 knows; did you mean UserVolumeConfig?" },
        { End, End + "---\napiVersion: v1alpha1\nkind: UserVolumeConfig\nname: a\n", "v1.9.6", "n4.yaml:25:1 kind: UserVolumeConfig is known from Talos 1.10 on, and cluster.talosVersion is v1.9.6; use the older field of the main document, or a newer Talos" },
        { End, End + "---\napiVersion: v1alpha1\nkind: UserVolumeConfig\nname: a\n---\napiVersion: v1alpha1\nkind: UserVolumeConfig\nname: a\n", "v1.13.9", "n4.yaml:28:1: UserVolumeConfig a is there twice, first in n4.yaml:24; keep one, or give them different names" },
        { End, End + "---\napiVersion: v1alpha1\nkind: HostnameConfig\nauto: stable\n", "v1.13.9", "n4.yaml:24:1 HostnameConfig: the host name is already set in n4.yaml:9 (machine.network.hostname); keep one of the two: Talos refuses both" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void What_Talos_would_refuse_is_told_before(string piece, string replacement, string version, string expected)
    {
        Assert.Equal([expected], Review(With(piece, replacement), version).Problems.Select(p => p.ToString()));
    }

    public static TheoryData<string, string, string> WorkerFaults { get; } = new()
    {
        { "cluster:\n", "cluster:\n  ca: {crt: a, key: b}\n", "n4.yaml:16:16 cluster.ca.key: is in a worker's config, which Talos refuses; remove the key from the worker's config" },
        { "cluster:\n", "cluster:\n  etcd: {}\n", "n4.yaml:16:3 cluster.etcd: is in a worker's config; etcd runs on control planes only; remove it from the worker's config" },
        { "  install:\n", "  features: {kubernetesTalosAPIAccess: {enabled: true}}\n  install:\n", "n4.yaml:10:41 machine.features.kubernetesTalosAPIAccess.enabled: is on in a worker's config; only control planes can give access; remove it from the worker's config" },
        { "    hostname: n5\n", "    hostname: n5\n    interfaces:\n      - {interface: eth0, vip: {ip: 10.0.0.1}}\n", "n4.yaml:11:27 machine.network.interfaces.vip: is in a worker's config; only control planes can hold the shared address; remove it from the worker's config" },
        { "    hostname: n5\n", "    hostname: n5\n    interfaces:\n      - {interface: eth0, vlans: [{vlanId: 4000, vip: {ip: 10.0.0.1}}]}\n", "n4.yaml:11:50 machine.network.interfaces.vip: is in a worker's config; only control planes can hold the shared address; remove it from the worker's config" },
        { End, End + "---\napiVersion: v1alpha1\nkind: KubeSchedulerConfig\n", "n4.yaml:25:1 kind: KubeSchedulerConfig is only allowed on control planes; remove it from the worker's config" },
    };

    [Theory]
    [MemberData(nameof(WorkerFaults))]
    public void What_a_worker_must_not_have_is_told(string piece, string replacement, string expected)
    {
        Assert.Contains(piece, Worker);
        Assert.Equal([expected], Review(Worker.Replace(piece, replacement, StringComparison.Ordinal), "v1.14.0", "n5").Problems.Select(p => p.ToString()));
    }

    public static TheoryData<string, string, string> HostnameDocuments { get; } = new()
    {
        { "hostname: n4", "", "" },
        { "hostname: n4\nauto: off", "", "" },
        { "hostname: n4\nauto: stable", "", "n4.yaml:25:7 HostnameConfig.auto: contradicts hostname; keep one of the two; a base's auto is taken away with $patch: delete" },
        { "auto: random", "", "n4.yaml:24:7 HostnameConfig.auto: \"random\" is not known; write stable or off" },
        { "x: y", "", "n4.yaml:22:1 HostnameConfig: has neither auto nor hostname; write hostname with the node's name" },
        { "hostname: -4", "", "n4.yaml:24:11 HostnameConfig.hostname: is not a host name; use at most 63 letters, digits and dashes before the first dot, and 253 characters in all" },
        { "hostname: n4", "  features: {stableHostname: true}\n", "n4.yaml:8:14 machine.features.stableHostname: contradicts the HostnameConfig in n4.yaml:23; remove it: Talos refuses both" },
    };

    [Theory]
    [MemberData(nameof(HostnameDocuments))]
    public void A_HostnameConfig_stands_alone_and_says_one_thing(string content, string features, string expected)
    {
        string text = With("  network:\n    hostname: n4\n", features) + "---\napiVersion: v1alpha1\nkind: HostnameConfig\n" + content + "\n";
        var problems = Review(text, "v1.13.9").Problems.Select(p => p.ToString());
        Assert.Equal(expected.Length == 0 ? [] : [expected], problems);
    }

    [Fact]
    public void Several_faults_are_told_together() =>
        Assert.Equal(3, Review(With(End, "      name: cilium\n").Replace("hostname: n4", "hostname: n_4", StringComparison.Ordinal) + "---\napiVersion: v1alpha1\nkind: Nonsense\n", "v1.13.9").Problems.Count);

    [Fact]
    public void What_a_later_Talos_may_know_is_a_warning()
    {
        var review = Review(With("  install:\n", "  novelty: {}\n  install:\n") + "---\napiVersion: v1alpha1\nkind: Novelty\n", "v1.15.0");
        Assert.Empty(review.Problems);
        Assert.Equal(["machine.novelty", "machine.install.image", "kind"], review.Warnings.Select(w => w.Field));
    }

    [Fact]
    public void An_installer_of_another_release_is_a_warning() =>
        Assert.Equal("n4.yaml:14:5 machine.install.image: is of Talos v1.5.3, and cluster.talosVersion is v1.13.9: an upgrade that names no image would go there; name an image of the same release",
            Assert.Single(Review(With("installer:v1.13.9", "installer:v1.5.3"), "v1.13.9").Warnings).ToString());

    [Fact]
    public void Every_kind_has_its_release()
    {
        Assert.Equal(5, DocumentKinds.FirstMinor("KmsgLogConfig"));
        Assert.Equal(12, DocumentKinds.FirstMinor("HostnameConfig"));
        Assert.Equal(14, DocumentKinds.FirstMinor("KubeAPIServerConfig"));
        Assert.Null(DocumentKinds.FirstMinor("Config"));
    }

    private static MachineConfigReview Review(string text, string version, string node = "n4")
    {
        var cluster = ProvisionYaml.Parse(ProvisionYaml.Good) with { TalosVersion = TalosVersion.TryParse(version)! };
        return MachineConfigReview.Of(cluster, cluster.FindNode(node), Parse(text));
    }
}
