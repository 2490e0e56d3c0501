using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs.Patching;

/// <summary>The rules of Talos's strategic merge, one row each.</summary>
public sealed class StrategicMergeTests
{
    /// <summary>Rule, before, patch, after; a fifth says for which Talos.</summary>
    public static TheoryData<string, string, string, string, string> Rules { get; } = new()
    {
        { "a map is merged key by key", "machine: {type: worker, kubelet: {image: a}}", "machine: {kubelet: {nodeIP: {}}}", "machine: {type: worker, kubelet: {image: a, nodeIP: {}}}", "v1.13.9" },
        { "a value is replaced", "machine: {type: worker}", "machine: {type: controlplane}", "machine: {type: controlplane}", "v1.13.9" },
        { "what is absent is added at the end", "machine: {type: worker}", "cluster: {clusterName: x}", "{machine: {type: worker}, cluster: {clusterName: x}}", "v1.13.9" },
        { "an empty text changes nothing", "machine: {install: {image: a}}", "machine: {install: {image: \"\"}}", "machine: {install: {image: a}}", "v1.13.9" },
        { "null changes nothing", "machine: {install: {image: a}}", "machine: {install: null}", "machine: {install: {image: a}}", "v1.13.9" },
        { "a number 0 changes nothing", "machine: {network: {interfaces: [{interface: eth0, mtu: 1400}]}}", "machine: {network: {interfaces: [{interface: eth0, mtu: 0}]}}", "machine: {network: {interfaces: [{interface: eth0, mtu: 1400}]}}", "v1.13.9" },
        { "a pointer to 0 overrides", "machine: {network: {kubespan: {mtu: 1400}}}", "machine: {network: {kubespan: {mtu: 0}}}", "machine: {network: {kubespan: {mtu: 0}}}", "v1.13.9" },
        { "0 in a map of texts is a text", "machine: {sysctls: {a: 1}}", "machine: {sysctls: {a: 0}}", "machine: {sysctls: {a: 0}}", "v1.13.9" },
        { "false overrides", "persist: true", "persist: false", "persist: false", "v1.13.9" },
        { "a list is appended", "machine: {certSANs: [a]}", "machine: {certSANs: [b, a]}", "machine: {certSANs: [a, b, a]}", "v1.13.9" },
        { "an empty list does not clear", "machine: {certSANs: [a]}", "machine: {certSANs: []}", "machine: {certSANs: [a]}", "v1.13.9" },
        { "an empty map is set where there is none", "cluster: {clusterName: x}", "cluster: {discovery: {}}", "cluster: {clusterName: x, discovery: {}}", "v1.13.9" },
        { "a label of no value is added", "machine: {nodeLabels: {a: x}}", "machine: {nodeLabels: {b: \"\", a: \"\"}}", "machine: {nodeLabels: {a: x, b: \"\"}}", "v1.13.9" },

        { "podSubnets are replaced", "cluster: {network: {podSubnets: [a, b]}}", "cluster: {network: {podSubnets: [c]}}", "cluster: {network: {podSubnets: [c]}}", "v1.4.8" },
        { "serviceSubnets are replaced", "cluster: {network: {serviceSubnets: [a]}}", "cluster: {network: {serviceSubnets: [b, c]}}", "cluster: {network: {serviceSubnets: [b, c]}}", "v1.4.8" },
        { "an empty replaced list clears", "cluster: {network: {podSubnets: [a]}}", "cluster: {network: {podSubnets: []}}", "cluster: {network: {podSubnets: []}}", "v1.13.9" },
        { "auditPolicy is replaced from 1.5 on", "cluster: {apiServer: {auditPolicy: {rules: [{level: a}]}}}", "cluster: {apiServer: {auditPolicy: {rules: [{level: b}]}}}", "cluster: {apiServer: {auditPolicy: {rules: [{level: b}]}}}", "v1.5.6" },
        { "auditPolicy is merged up to 1.4", "cluster: {apiServer: {auditPolicy: {rules: [{level: a}]}}}", "cluster: {apiServer: {auditPolicy: {rules: [{level: b}]}}}", "cluster: {apiServer: {auditPolicy: {rules: [{level: a}, {level: b}]}}}", "v1.4.8" },
        { "ingress is replaced", "{apiVersion: v1alpha1, kind: NetworkRuleConfig, name: a, portSelector: {ports: [1], protocol: tcp}, ingress: [{subnet: a}]}", "{apiVersion: v1alpha1, kind: NetworkRuleConfig, name: a, portSelector: {ports: [2]}, ingress: [{subnet: b}]}", "{apiVersion: v1alpha1, kind: NetworkRuleConfig, name: a, portSelector: {ports: [2], protocol: tcp}, ingress: [{subnet: b}]}", "v1.6.0" },
        { "a KubeNetworkConfig's podSubnets are replaced", "{apiVersion: v1alpha1, kind: KubeNetworkConfig, podSubnets: [a]}", "{apiVersion: v1alpha1, kind: KubeNetworkConfig, podSubnets: [b]}", "{apiVersion: v1alpha1, kind: KubeNetworkConfig, podSubnets: [b]}", "v1.14.0" },

        { "interfaces are merged by name", "machine: {network: {interfaces: [{interface: eth0, dhcp: true}, {interface: eth1, mtu: 9000}]}}", "machine: {network: {interfaces: [{interface: eth1, dhcp: false}, {interface: eth2}]}}", "machine: {network: {interfaces: [{interface: eth0, dhcp: true}, {interface: eth1, mtu: 9000, dhcp: false}, {interface: eth2}]}}", "v1.13.9" },
        { "an interface's own lists are appended", "machine: {network: {interfaces: [{interface: eth0, addresses: [a]}]}}", "machine: {network: {interfaces: [{interface: eth0, addresses: [b]}]}}", "machine: {network: {interfaces: [{interface: eth0, addresses: [a, b]}]}}", "v1.13.9" },
        { "interfaces are merged by an equal deviceSelector", "machine: {network: {interfaces: [{deviceSelector: {driver: e1000, hardwareAddr: m}, mtu: 1}]}}", "machine: {network: {interfaces: [{deviceSelector: {hardwareAddr: m, driver: e1000}, dhcp: true}]}}", "machine: {network: {interfaces: [{deviceSelector: {driver: e1000, hardwareAddr: m}, mtu: 1, dhcp: true}]}}", "v1.13.9" },
        { "another deviceSelector is another interface", "machine: {network: {interfaces: [{deviceSelector: {driver: e1000}}]}}", "machine: {network: {interfaces: [{deviceSelector: {driver: igb}}]}}", "machine: {network: {interfaces: [{deviceSelector: {driver: e1000}}, {deviceSelector: {driver: igb}}]}}", "v1.13.9" },
        { "a deviceSelector with physical never is the same", "machine: {network: {interfaces: [{deviceSelector: {physical: true}}]}}", "machine: {network: {interfaces: [{deviceSelector: {physical: true}, dhcp: true}]}}", "machine: {network: {interfaces: [{deviceSelector: {physical: true}}, {deviceSelector: {physical: true}, dhcp: true}]}}", "v1.13.9" },
        { "vlans are merged by vlanId", "machine: {network: {interfaces: [{interface: eth0, vlans: [{vlanId: 4000, mtu: 1400}]}]}}", "machine: {network: {interfaces: [{interface: eth0, vlans: [{vlanId: 4000, dhcp: true}, {vlanId: 4001}]}]}}", "machine: {network: {interfaces: [{interface: eth0, vlans: [{vlanId: 4000, mtu: 1400, dhcp: true}, {vlanId: 4001}]}]}}", "v1.13.9" },
        { "admission plugins are merged by name", "cluster: {apiServer: {admissionControl: [{name: PodSecurity, configuration: {defaults: {enforce: a, warn: w}}}]}}", "cluster: {apiServer: {admissionControl: [{name: PodSecurity, configuration: {defaults: {enforce: b}}}, {name: Other}]}}", "cluster: {apiServer: {admissionControl: [{name: PodSecurity, configuration: {defaults: {enforce: b, warn: w}}}, {name: Other}]}}", "v1.13.9" },
        { "an extension's files are merged by mountPath", "{apiVersion: v1alpha1, kind: ExtensionServiceConfig, name: nut, configFiles: [{content: a, mountPath: /x}]}", "{apiVersion: v1alpha1, kind: ExtensionServiceConfig, name: nut, configFiles: [{content: b, mountPath: /x}, {content: c, mountPath: /y}]}", "{apiVersion: v1alpha1, kind: ExtensionServiceConfig, name: nut, configFiles: [{content: b, mountPath: /x}, {content: c, mountPath: /y}]}", "v1.7.0" },
        { "image rules are replaced in their place", "{apiVersion: v1alpha1, kind: ImageVerificationConfig, rules: [{image: a, skip: true}, {image: b}]}", "{apiVersion: v1alpha1, kind: ImageVerificationConfig, rules: [{image: a, deny: true}, {image: c}]}", "{apiVersion: v1alpha1, kind: ImageVerificationConfig, rules: [{image: a, deny: true}, {image: b}, {image: c}]}", "v1.13.9" },
        { "extraArgs are replaced key by key", "cluster: {apiServer: {extraArgs: {a: [x, y], b: z}}}", "cluster: {apiServer: {extraArgs: {a: [q], b: \"\"}}}", "cluster: {apiServer: {extraArgs: {a: [q], b: \"\"}}}", "v1.13.9" },
        { "an empty extra argument changes nothing up to 1.12", "machine: {kubelet: {extraArgs: {a: x}}}", "machine: {kubelet: {extraArgs: {a: \"\"}}}", "machine: {kubelet: {extraArgs: {a: x}}}", "v1.12.11" },
        { "a worker's patch takes the key of the CA away", "machine: {ca: {crt: a, key: b}}", "machine: {ca: {crt: a, key: \"\"}}", "machine: {ca: {crt: a, key: \"\"}}", "v1.13.9" },
        { "mirrors are merged by registry", "machine: {registries: {mirrors: {docker.io: {endpoints: [a]}}}}", "machine: {registries: {mirrors: {docker.io: {endpoints: [b]}, ghcr.io: {endpoints: [c]}}}}", "machine: {registries: {mirrors: {docker.io: {endpoints: [a, b]}, ghcr.io: {endpoints: [c]}}}}", "v1.13.9" },

        { "documents meet by apiVersion, kind and name", "machine: {type: worker}\n---\n{apiVersion: v1alpha1, kind: UserVolumeConfig, name: a, x: 1}\n---\n{apiVersion: v1alpha1, kind: UserVolumeConfig, name: b, x: 1}", "{apiVersion: v1alpha1, kind: UserVolumeConfig, name: b, x: 2}", "machine: {type: worker}\n---\n{apiVersion: v1alpha1, kind: UserVolumeConfig, name: a, x: 1}\n---\n{apiVersion: v1alpha1, kind: UserVolumeConfig, name: b, x: 2}", "v1.13.9" },
        { "another document is appended", "machine: {type: worker}", "{apiVersion: v1alpha1, kind: HostnameConfig, hostname: n4}", "machine: {type: worker}\n---\n{apiVersion: v1alpha1, kind: HostnameConfig, hostname: n4}", "v1.13.9" },
        { "one patch may hold a document twice from 1.14 on", "machine: {}", "machine: {type: worker}\n---\nmachine: {token: x}", "machine: {type: worker, token: x}", "v1.14.0" },
        { "deletions do not count as a second document", "machine: {certSANs: [a]}", "machine: {certSANs: {$patch: delete}}\n---\nmachine: {certSANs: [b]}", "machine: {certSANs: [b]}", "v1.13.9" },
        { "anchors and inherited keys are resolved before", "machine: {sysctls: &s {a: x, b: y}, sysfs: {<<: *s, b: z}}", "machine: {sysfs: {a: w}}", "machine: {sysctls: {a: x, b: y}, sysfs: {a: w, b: z}}", "v1.13.9" },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_patch_is_merged_by_Talos_s_rules(string rule, string before, string patch, string after, string version)
    {
        var patched = Patched.Of(before, patch, version);
        Assert.Empty(patched.Problems);
        Assert.True(Patched.Normal(after) == patched.Text, $"{rule}:\n{patched.Text}");
    }

    public static TheoryData<string, string, string> Refusals { get; } = new()
    {
        { "machine: {certSANs: [a]}", "machine: {certSANs: a}", "patch.yaml:1:21 machine.certSANs: is a single value here and a list in base.yaml:1; write it in the same shape" },
        { "machine: {ca: {crt: a, key: b}}", "machine: {ca: {crt: c}}", "patch.yaml:1:15 machine.ca.key: is not repeated, and Talos would then drop the one in base.yaml:1; write key in the patch as well" },
        { "{apiVersion: v1alpha1, kind: VolumeConfig, name: EPHEMERAL, provisioning: {minSize: 2GiB}}", "{apiVersion: v1alpha1, kind: VolumeConfig, name: EPHEMERAL, provisioning: {grow: false}}", "patch.yaml:1:75 VolumeConfig.provisioning.minSize: is not repeated, and Talos would then drop the one in base.yaml:1; write minSize in the patch as well" },
        { "{apiVersion: v1alpha1, kind: VolumeConfig, name: EPHEMERAL, provisioning: {minSize: 2GiB}}", "{apiVersion: v1alpha1, kind: VolumeConfig, name: EPHEMERAL, encryption: {}}", "patch.yaml:1:1 VolumeConfig.provisioning.minSize: is not repeated, and Talos would then drop the one in base.yaml:1; write minSize in the patch as well" },
        { "machine: {}", "machine: {type: worker}\n---\nmachine: {token: x}", "patch.yaml:3:1: the main document is in this patch twice, first in line 1; write it once, or in two patch files" },
        { "machine: {}", "{kind: HostnameConfig, hostname: x}", "patch.yaml:1:1 apiVersion: is missing; write apiVersion: v1alpha1" },
        { "machine: {}", "machin: {type: worker}", "patch.yaml:1:1 kind: is missing; write kind, or machine or cluster for the main document" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_cannot_be_merged_as_meant_is_refused_with_its_place(string before, string patch, string expected) =>
        Assert.Contains(expected, Patched.Of(before, patch).Problems);

    [Fact]
    public void Merging_twice_gives_the_same_bytes() =>
        Assert.Equal(Patched.Of(SampleConfig.Text, "machine: {certSANs: [b]}").Text, Patched.Of(SampleConfig.Text, "machine: {certSANs: [b]}").Text);
}
