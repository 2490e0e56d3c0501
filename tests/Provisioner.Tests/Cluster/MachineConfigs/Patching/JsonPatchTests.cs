using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs.Patching;

/// <summary>RFC 6902 on a config of one document.</summary>
public sealed class JsonPatchTests
{
    public static TheoryData<string, string, string> Operations { get; } = new()
    {
        { "machine: {type: worker}", "[{op: add, path: /machine/token, value: x}]", "machine: {type: worker, token: x}" },
        { "machine: {type: worker}", """[{"op":"replace","path":"/machine/type","value":"controlplane"}]""", "machine: {type: controlplane}" },
        { "machine: {type: worker}", "[{op: add, path: /machine/type, value: controlplane}]", "machine: {type: controlplane}" },
        { "machine: {type: worker, token: x}", "[{op: remove, path: /machine/token}]", "machine: {type: worker}" },
        { "machine: {certSANs: [a, b]}", "[{op: add, path: /machine/certSANs/-, value: c}, {op: add, path: /machine/certSANs/0, value: z}]", "machine: {certSANs: [z, a, b, c]}" },
        { "machine: {certSANs: [a, b, c]}", "[{op: remove, path: /machine/certSANs/1}, {op: replace, path: /machine/certSANs/0, value: q}]", "machine: {certSANs: [q, c]}" },
        { "machine: {nodeLabels: {a/b: x, c~d: y}}", "[{op: remove, path: /machine/nodeLabels/a~1b}, {op: replace, path: /machine/nodeLabels/c~0d, value: z}]", "machine: {nodeLabels: {c~d: z}}" },
        { "machine: {a: x, b: {}}", "[{op: move, from: /machine/a, path: /machine/b/c}]", "machine: {b: {c: x}}" },
        { "machine: {a: x}", "[{op: copy, from: /machine/a, path: /machine/b}, {op: test, path: /machine/b, value: x}]", "machine: {a: x, b: x}" },
        { "cluster: {network: {podSubnets: [a]}}", "- op: replace\n  path: /cluster/network/podSubnets\n  value:\n  - b", "cluster: {network: {podSubnets: [b]}}" },
    };

    [Theory]
    [MemberData(nameof(Operations))]
    public void An_operation_changes_the_document(string before, string patch, string after)
    {
        var patched = Patched.Of(before, patch);
        Assert.Empty(patched.Problems);
        Assert.Equal(Patched.Normal(after), patched.Text);
    }

    [Theory]
    [InlineData("[{op: remove, path: /machine/x}]", "patch.yaml:1:2 /machine/x: leads to nothing in the config; correct the path; add creates a last key, but not the way to it")]
    [InlineData("[{op: add, path: /machine/x/y, value: 1}]", "patch.yaml:1:2 /machine/x/y: leads to nothing in the config; correct the path; add creates a last key, but not the way to it")]
    [InlineData("[{op: replace, path: /machine/certSANs/7, value: 1}]", "patch.yaml:1:2 /machine/certSANs/7: leads to nothing in the config; correct the path; add creates a last key, but not the way to it")]
    [InlineData("[{op: move, from: /machine/x, path: /y}]", "patch.yaml:1:2 /y: leads to nothing in the config; correct the path; add creates a last key, but not the way to it")]
    [InlineData("[{op: test, path: /machine/type, value: other}]", "patch.yaml:1:2 /machine/type: is not what the test expects; correct the patch; nothing after it was looked at")]
    [InlineData("[{op: add, path: machine, value: 1}]", "patch.yaml:1:12 path: \"machine\" is not a JSON pointer; write one like /machine/network/hostname")]
    [InlineData("[{op: add, path: /machine/x}]", "patch.yaml:1:2 /machine/x: has no value; write value")]
    [InlineData("[{op: merge, path: /machine/x}]", "patch.yaml:1:3 op: \"merge\" is not an operation; write add, remove, replace, move, copy or test")]
    [InlineData("[{path: /machine/x}]", "patch.yaml:1:2 op: is missing; write op, path and value")]
    [InlineData("[remove]", "patch.yaml:1:2: is not an operation; write op, path and value")]
    [InlineData("[{op: remove, path: \"\"}]", "patch.yaml:1:2: leads to nothing in the config; correct the path; add creates a last key, but not the way to it")]
    public void An_operation_that_cannot_be_made_is_refused(string patch, string expected) =>
        Assert.Equal([expected], Patched.Of("machine: {type: worker, certSANs: [a]}", patch).Problems);

    [Fact]
    public void Several_documents_cannot_be_patched_with_JSON() =>
        Assert.Equal(["patch.yaml:1:1: JSON 6902 patches only fit a config of one document, and this one has 2; write the patch as the keys of a machine config"],
            Patched.Of("machine: {}\n---\n{apiVersion: v1alpha1, kind: HostnameConfig}", "[{op: remove, path: /machine}]").Problems);
}
