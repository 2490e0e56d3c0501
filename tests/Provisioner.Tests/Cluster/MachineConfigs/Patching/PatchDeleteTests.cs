using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs.Patching;

public sealed class PatchDeleteTests
{
    private const string Hostname = "{apiVersion: v1alpha1, kind: HostnameConfig, auto: stable}";
    private const string Volumes = "{apiVersion: v1alpha1, kind: UserVolumeConfig, name: a}\n---\n{apiVersion: v1alpha1, kind: UserVolumeConfig, name: b}";

    public static TheoryData<string, string, string, string> Rules { get; } = new()
    {
        { "a key", "machine: {type: worker, install: {disk: a}}", "machine: {install: {$patch: delete}}", "machine: {type: worker}" },
        { "a key of a map", "machine: {sysctls: {a: x, b: y}}", "machine: {sysctls: {a: {$patch: delete}}}", "machine: {sysctls: {b: y}}" },
        { "an element by one of its keys", "machine: {network: {interfaces: [{interface: eth0}, {interface: eth1}]}}", "machine: {network: {interfaces: [{interface: eth0, $patch: delete}]}}", "machine: {network: {interfaces: [{interface: eth1}]}}" },
        { "an element by its second key", "machine: {files: [{path: a, content: x}, {path: b, content: y}]}", "machine: {files: [{$patch: delete, content: y}]}", "machine: {files: [{path: a, content: x}]}" },
        { "only the first of equal elements", "machine: {files: [{path: a, op: x}, {path: a, op: y}]}", "machine: {files: [{path: a, $patch: delete}]}", "machine: {files: [{path: a, op: y}]}" },
        { "a document", $"machine: {{}}\n---\n{Hostname}", "{apiVersion: v1alpha1, kind: HostnameConfig, $patch: delete}", "machine: {}" },
        { "a document by name", $"machine: {{}}\n---\n{Volumes}", "{apiVersion: v1alpha1, kind: UserVolumeConfig, name: a, $patch: delete}", "machine: {}\n---\n{apiVersion: v1alpha1, kind: UserVolumeConfig, name: b}" },
        { "first, and then merges the rest", "machine: {install: {disk: a, image: b}, type: worker}", "machine: {install: {disk: {$patch: delete}, image: c}}", "machine: {install: {image: c}, type: worker}" },
        { "a list that is to be written anew", "machine: {certSANs: [a]}", "machine: {certSANs: {$patch: delete}}", "machine: {}" },
        { "a key of another document", $"machine: {{}}\n---\n{Hostname}", "{apiVersion: v1alpha1, kind: HostnameConfig, auto: {$patch: delete}, hostname: n4}", "machine: {}\n---\n{apiVersion: v1alpha1, kind: HostnameConfig, hostname: n4}" },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_deletion_takes_away(string what, string before, string patch, string after)
    {
        var patched = Patched.Of(before, patch);
        Assert.Empty(patched.Problems);
        Assert.Empty(patched.Warnings);
        Assert.True(Patched.Normal(after) == patched.Text, $"{what}:\n{patched.Text}");
    }

    public static TheoryData<string, string, string, string> Refusals { get; } = new()
    {
        { "machine: {}", "machine: {network: {hostname: {$patch: delete}}}", "v1.13.9", "patch.yaml:1:32 machine.network.hostname: deletes what is not there, which Talos refuses (lookup failed); correct the path, or take the deletion away" },
        { "machine: {sysctls: {a: x}}", "machine: {sysctls: {b: {$patch: delete}}}", "v1.13.9", "patch.yaml:1:25 machine.sysctls.b: deletes what is not there, which Talos refuses (lookup failed); correct the path, or take the deletion away" },
        { "machine: {network: {interfaces: [{interface: eth0}]}}", "machine: {network: {interfaces: [{interface: eth9, $patch: delete}]}}", "v1.13.9", "patch.yaml:1:52 machine.network.interfaces[interface=eth9]: deletes what is not there, which Talos refuses (lookup failed); correct the value that selects the element" },
        { "machine: {network: {interfaces: [{interface: eth0, mtu: 1}]}}", "machine: {network: {interfaces: [{interface: eth0, mtu: {$patch: delete}}]}}", "v1.13.9", "patch.yaml:1:58 machine.network.interfaces.mtu: cannot be deleted inside a list's element; delete the whole element and add it anew" },
        { "machine: {}", "$patch: delete", "v1.13.9", "patch.yaml:1:1 $patch: would delete the main document; name what to delete below machine or cluster, or write apiVersion and kind of another document" },
        { "machine: {type: a}", "machine: {type: {$patch: remove}}", "v1.13.9", "patch.yaml:1:18 machine.type.$patch: is not delete; write $patch: delete, the only one there is" },
        { "machine: {certSANs: [a]}", "machine: {certSANs: [{$patch: delete}]}", "v1.13.9", "patch.yaml:1:23 machine.certSANs: does not say which element to delete; write one key and its value before $patch: delete" },
        { "machine: {type: a}", "machine: {type: {$patch: delete}}", "v1.7.7", "patch.yaml:1:18 $patch: is not known to talosctl v1.7.7; write the base without it, or raise cluster.talosVersion to 1.8 or later" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void A_deletion_that_cannot_be_made_is_refused(string before, string patch, string version, string expected) =>
        Assert.Equal([expected], Patched.Of(before, patch, version).Problems);

    [Fact]
    public void A_document_that_is_not_there_is_skipped_and_told()
    {
        var patched = Patched.Of("machine: {}", "{apiVersion: v1alpha1, kind: HostnameConfig, $patch: delete}");
        Assert.Empty(patched.Problems);
        Assert.Equal("patch.yaml:1:46 HostnameConfig: is not there, so nothing was deleted", Assert.Single(patched.Warnings));
        Assert.Equal(Patched.Normal("machine: {}"), patched.Text);
    }

    [Fact]
    public void A_field_that_is_not_there_is_told()
    {
        var patched = Patched.Of("cluster: {clusterName: x}", "cluster: {proxy: {$patch: delete}}");
        Assert.Empty(patched.Problems);
        Assert.Equal("patch.yaml:1:19 cluster.proxy: deletes what is not there", Assert.Single(patched.Warnings));
    }
}
