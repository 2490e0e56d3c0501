using System.Text;
using Kronform.Provision.Cluster;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Failures;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs;

/// <summary>A node's config out of its files.</summary>
public sealed class NodeConfigsTests : IDisposable
{
    private const string Layers = "{ base: controlplane.yaml, patches: [patches/disk.yaml, nodes/n4.yaml] }";
    private const string ClusterPatches = "patches:\n  all: [patches/common.yaml]\n  controlplane: patches/cp.yaml\n  worker: [patches/worker.yaml]\n";

    private readonly ConfigFolder _folder = new();

    public NodeConfigsTests()
    {
        _folder.Write("controlplane.yaml", ConfigFolder.Base);
        _folder.Write("patches/common.yaml", "# Hetzner's resolvers\nmachine:\n  network:\n    nameservers: [185.12.64.2]\n  sysctls: {order: all}\n");
        _folder.Write("patches/cp.yaml", "machine: {sysctls: {order: controlplane}}\n");
        _folder.Write("patches/worker.yaml", "machine: {sysctls: {order: worker}}\n");
        _folder.Write("patches/disk.yaml", "machine: {install: {diskSelector: {serial: S1}}, sysctls: {order: own}}\n");
        _folder.Write("nodes/n4.yaml", "machine:\n  network:\n    hostname: n4\n");
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_finished_file_is_sent_byte_by_byte()
    {
        string text = "# kept\r\n" + SampleConfig.Text + "\n\n";
        _folder.Write("n4.yaml", text);
        var config = await ConfigFolder.LoadAsync(_folder.Cluster("n4.yaml"), cancellation: Cancellation);
        Assert.Equal(text, Encoding.UTF8.GetString(config.Raw.Span));
        Assert.Empty(config.Patches);
    }

    [Fact]
    public async Task Patches_come_in_the_order_cluster_role_node()
    {
        var cluster = _folder.Cluster(Layers, ClusterPatches);
        Assert.Equal(["patches/common.yaml", "patches/cp.yaml", "patches/disk.yaml", "nodes/n4.yaml"], cluster.FindNode("n4").Patches.Select(_folder.Shown));
        Assert.Equal(["patches/common.yaml", "patches/worker.yaml"], cluster.FindNode("n5").Patches.Select(_folder.Shown));

        string text = Encoding.UTF8.GetString((await ConfigFolder.LoadAsync(cluster, cancellation: Cancellation)).Raw.Span);
        Assert.Contains("    order: own\n", text);
        Assert.Contains("    nameservers:\n      - 185.12.64.1\n      - 185.12.64.2\n    hostname: n4\n", text);
        Assert.Contains("    diskSelector:\n      size: < 1TB\n      serial: S1\n", text);
        Assert.DoesNotContain("worker", text);
    }

    [Fact]
    public async Task Each_value_knows_the_file_it_came_from()
    {
        var config = await ConfigFolder.LoadAsync(_folder.Cluster(Layers, ClusterPatches), cancellation: Cancellation);
        Assert.Equal(_folder["controlplane.yaml"], config.File);
        Assert.Equal(new ConfigText("n4", 3, 5) { File = _folder["nodes/n4.yaml"] }, config.Hostname);
        Assert.Equal(_folder["patches/disk.yaml"], config.DiskSelector["serial"].File);
        Assert.Null(config.DiskSelector["size"].File);
    }

    [Fact]
    public async Task A_problem_after_the_merge_names_the_patch_it_came_from()
    {
        _folder.Write("nodes/n4.yaml", "machine:\n  network:\n    hostname: n7\n  type: worker\n");
        var cluster = _folder.Cluster(Layers);
        var review = MachineConfigReview.Of(cluster, cluster.FindNode("n4"), await ConfigFolder.LoadAsync(cluster, cancellation: Cancellation));
        Assert.Contains(review.Problems, p => _folder.Shown(p.ToString()).StartsWith("nodes/n4.yaml:4:3 machine.type: is worker, but provision.yaml says", StringComparison.Ordinal));
        Assert.Contains(review.Warnings, p => _folder.Shown(p.ToString()).StartsWith("nodes/n4.yaml:3:5 machine.network.hostname: is \"n7\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_problems_of_all_patches_are_told_at_once()
    {
        _folder.Write("patches/disk.yaml", "machine: {network: []}\n");
        _folder.Write("nodes/n4.yaml", "machine: {install: {disk: {$patch: delete}, diskSelector: [1]}}\nx: {\n");
        var error = await Assert.ThrowsAsync<ConfigProblemsException>(() => ConfigFolder.LoadAsync(_folder.Cluster(Layers), cancellation: Cancellation));
        Assert.Equal(FailureCode.MachineConfigInvalid, error.Code);
        Assert.Equal(["nodes/n4.yaml", "patches/disk.yaml"], error.Problems.Select(p => _folder.Shown(p.File)).Distinct());
        Assert.Contains("patches/disk.yaml:1:20 machine.network: is a list here and a map in controlplane.yaml:9", _folder.Shown(error.Message));
    }

    [Theory]
    [InlineData("none.yaml", "Reading the machine config none.yaml: the file does not exist; nothing was touched")]
    [InlineData("{ base: controlplane.yaml, patches: [none.yaml] }", "Reading the machine config none.yaml: the file does not exist; nothing was touched")]
    [InlineData("{ base: controlplane.yaml, patches: [patches] }", "Reading the machine config patches: the file is a folder; nothing was touched")]
    public async Task A_file_that_is_not_there_is_named(string config, string expected)
    {
        var error = await Assert.ThrowsAsync<ProvisionException>(() => ConfigFolder.LoadAsync(_folder.Cluster(config), cancellation: Cancellation));
        Assert.Equal((FailureCode.MachineConfigMissing, expected), (error.Code, _folder.Shown(error.Message)));
    }

    [Fact]
    public async Task The_merged_config_is_the_same_at_every_run()
    {
        var cluster = _folder.Cluster(Layers, ClusterPatches);
        Assert.Equal((await ConfigFolder.LoadAsync(cluster, cancellation: Cancellation)).Sha256, (await ConfigFolder.LoadAsync(cluster, cancellation: Cancellation)).Sha256);
    }

    [Theory]
    [InlineData("{ patches: [a] }", "", "provision.yaml:18:5 nodes.n4.config.base: is missing; write the path of the machine config to start from")]
    [InlineData("{ base: a, patch: [b] }", "", "provision.yaml:18:24 nodes.n4.config.patch: is not a known key; did you mean patches?")]
    [InlineData("{ base: a, patches: [{ x: y }] }", "", "provision.yaml:18:34 nodes.n4.config.patches: is a map; write the path of a patch file")]
    [InlineData("[a]", "", "provision.yaml:18:5 nodes.n4.config: is a list; write the path of the node's Talos machine config")]
    [InlineData("a", "patches: [b]\n", "provision.yaml:25:1 patches: is a list, not a map; write all, controlplane and worker, each a list of paths")]
    [InlineData("a", "patches: { workers: [b] }\n", "provision.yaml:25:12 patches.workers: is not a known key; did you mean worker?")]
    public void What_provision_yaml_says_wrong_is_named(string config, string more, string expected)
    {
        var error = Assert.Throws<ConfigProblemsException>(() => _folder.Cluster(config, more));
        Assert.Contains(expected, error.Problems.Select(p => _folder.Shown(p.ToString())));
    }

    [Fact]
    public void Two_nodes_may_share_a_base_but_not_everything()
    {
        string nodes = ProvisionYaml.With("config: machineconfigs/n5.yaml", "config: { base: cp.yaml, patches: [b.yaml] }");
        Assert.Equal(2, ProvisionYaml.Parse(nodes.Replace("config: machineconfigs/n4.yaml", "config: { base: cp.yaml, patches: [a.yaml] }", StringComparison.Ordinal)).Nodes.Count);
        Assert.Equal("nodes.n5.config", Assert.Single(ProvisionYaml.Refusal(nodes.Replace("config: machineconfigs/n4.yaml", "config: { base: cp.yaml, patches: [b.yaml] }", StringComparison.Ordinal)).Problems).Field);
    }
}
