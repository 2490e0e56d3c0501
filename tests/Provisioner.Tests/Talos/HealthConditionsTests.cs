using Kronform.Provision.Talos;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Talos;

/// <summary>Each condition by itself; that they decide about health is <see cref="NodeHealthTests"/>'.</summary>
public sealed class HealthConditionsTests
{
    private static readonly TalosEtcdMember[] Two = [new(1, "n1", [], [], false), new(2, "n2", [], [], false)];

    private static readonly HealthFacts Healthy = new()
    {
        ControlPlane = true, Hostname = "n1", NodeReadyRequired = true, Minor = 13, Status = new TalosMachineStatus(TalosStage.Running, true, []),
        Services = [.. new[] { "apid", "machined", "kubelet", "etcd", "trustd" }.Select(id => new TalosService(id, "Running", TalosHealth.Healthy, ""))],
        Members = [Two[0]], MembersElsewhere = new Dictionary<string, IReadOnlyList<TalosEtcdMember>>(), Strangers = [], Diagnostics = [],
        KubernetesNode = new TalosKubernetesNode("n1", true, false), Memory = 64L << 30, SystemDisk = Disk(512110190592),
        StaticPods = [new("kube-system/kube-apiserver-n1", "Running", true, ""), new("kube-system/kube-scheduler-n1", "Running", true, "")],
        Containers = [new("kube-system/kube-proxy-x7f2k", "kube-proxy", "CONTAINER_RUNNING")],
    };

    [Fact]
    public void The_order_and_the_names_are_a_contract() => Assert.Equal(
        [
            "etcd-healthy", "etcd-member", "etcd-members-consistent", "etcd-members-are-control-planes", "etcd-quorum", "apid-healthy", "memory-size", "disk-size",
            "no-diagnostics", "machined-healthy", "kubelet-healthy", "trustd-healthy", "boot-finished", "machine-ready", "kubernetes-node-reported",
            "static-pods-running", "control-plane-components-ready", "kubernetes-node-ready", "kube-proxy-ready", "coredns-ready", "node-schedulable",
        ],
        HealthConditions.Of(Healthy).Select(c => c.Name));

    [Fact]
    public void What_only_Kubernetes_knows_is_never_called_ok() => Assert.Equal(ConditionState.NotAsked, State(Healthy, "coredns-ready"));

    [Fact]
    public void Everything_else_that_was_told_is_ok() =>
        Assert.All(HealthConditions.Of(Healthy).Where(c => c.Name is not ("coredns-ready" or "etcd-members-consistent")), c => Assert.True(c.State == ConditionState.Ok, $"{c.Name}: {c.State}, {c.Reason}"));

    [Fact]
    public void What_was_not_told_is_not_asked_and_keeps_no_node_from_being_healthy()
    {
        var silent = Healthy with { Memory = null, SystemDisk = null, StaticPods = null, Containers = null };
        string[] names = ["memory-size", "disk-size", "control-plane-components-ready", "kube-proxy-ready"];
        Assert.All(names, n => Assert.Equal(ConditionState.NotAsked, State(silent, n)));
        Assert.True(NodeHealth.Judge(silent).IsHealthy);
    }

    [Theory]
    [InlineData(true, 7, 1897, ConditionState.Warning)]
    [InlineData(true, 7, 1898, ConditionState.Ok)]
    [InlineData(true, 8, 1697, ConditionState.Warning)]
    [InlineData(true, 8, 1698, ConditionState.Ok)]
    [InlineData(true, int.MaxValue, 1698, ConditionState.Ok)]
    [InlineData(false, 4, 873, ConditionState.Warning)]
    [InlineData(false, 14, 874, ConditionState.Ok)]
    public void Memory_is_measured_by_the_limits_of_the_version_and_the_role(bool controlPlane, int minor, int mebibytes, ConditionState expected) =>
        Assert.Equal(expected, State(Healthy with { ControlPlane = controlPlane, Minor = minor, Memory = (long)mebibytes << 20 }, "memory-size"));

    [Theory]
    [InlineData((6L << 30) - 1, ConditionState.Warning)]
    [InlineData(6L << 30, ConditionState.Ok)]
    [InlineData(0, ConditionState.NotAsked)]
    public void The_system_disk_needs_6_GiB(long bytes, ConditionState expected) => Assert.Equal(expected, State(Healthy with { SystemDisk = Disk(bytes) }, "disk-size"));

    [Fact]
    public void A_component_that_is_not_ready_is_waited_for_by_name_and_with_its_reason()
    {
        var sick = Healthy with { StaticPods = [Healthy.StaticPods![0], new("kube-system/kube-scheduler-n1", "Running", false, "containers with unready status: [kube-scheduler]")] };
        var waiting = Assert.Single(Waiting(sick));
        Assert.Equal("control-plane-components-ready", waiting.Name);
        Assert.Contains("kube-scheduler-n1 to be ready (containers with unready status", waiting.Reason, StringComparison.Ordinal);
        Assert.Empty(Waiting(Healthy with { StaticPods = [.. Healthy.StaticPods!, new("default/my-own-n1", "Pending", false, "")] }));
        Assert.Contains(Waiting(Healthy with { StaticPods = [new("kube-system/kube-apiserver-n1", "Pending", false, "")] }), c => c.Name == "static-pods-running");
    }

    [Theory]
    [InlineData("kube-proxy", "CONTAINER_RUNNING", false, ConditionState.Ok)]
    [InlineData("kube-proxy", "CONTAINER_EXITED", false, ConditionState.Warning)]
    [InlineData("cilium-agent", "CONTAINER_RUNNING", false, ConditionState.NotAsked)]
    [InlineData("cilium-agent", "CONTAINER_RUNNING", true, ConditionState.Skipped)]
    public void Kube_proxy_is_judged_by_its_container_where_there_is_one(string container, string status, bool disabled, ConditionState expected) =>
        Assert.Equal(expected, State(Healthy with { Containers = [new("kube-system/x", container, status)], WithoutKubeProxy = disabled }, "kube-proxy-ready"));

    [Fact]
    public void A_worker_has_no_conditions_about_etcd()
    {
        var worker = Healthy with { ControlPlane = false, Members = null, Services = [.. Healthy.Services.Where(s => s.Id is not ("etcd" or "trustd"))] };
        Assert.All(HealthConditions.Of(worker).Where(c => c.Name.StartsWith("etcd", StringComparison.Ordinal)), c => Assert.Equal(ConditionState.Skipped, c.State));
        Assert.True(NodeHealth.Judge(worker).IsHealthy);
    }

    [Fact]
    public void Two_lists_of_members_are_two_clusters_until_they_agree()
    {
        var split = Healthy with { MembersElsewhere = new Dictionary<string, IReadOnlyList<TalosEtcdMember>> { ["n2"] = [Two[1]] } };
        Assert.Contains("n2", Assert.Single(Waiting(split)).Reason, StringComparison.Ordinal);
        var agreed = Healthy with { Members = Two, MembersElsewhere = new Dictionary<string, IReadOnlyList<TalosEtcdMember>> { ["n2"] = [Two[1], Two[0]] } };
        Assert.Empty(Waiting(agreed));
    }

    [Theory]
    [InlineData("etcd-quorum")]
    [InlineData("etcd-members-are-control-planes")]
    [InlineData("no-diagnostics")]
    [InlineData("node-schedulable")]
    public void What_is_worth_knowing_is_told_and_keeps_no_node_from_being_healthy(string name)
    {
        var facts = name switch
        {
            "etcd-quorum" => Healthy with { Members = Two },
            "etcd-members-are-control-planes" => Healthy with { Strangers = ["old (10.0.0.9)"] },
            "no-diagnostics" => Healthy with { Diagnostics = [new TalosDiagnostic("address-overlap", "host and pod networks overlap")] },
            _ => Healthy with { KubernetesNode = new TalosKubernetesNode("n1", true, Unschedulable: true) },
        };
        Assert.Equal(ConditionState.Warning, HealthConditions.Of(facts).Single(c => c.Name == name).State);
        var health = NodeHealth.Judge(facts);
        Assert.True(health.IsHealthy);
        Assert.Single(health.Notices);
    }

    [Theory]
    [InlineData(7, ConditionState.Skipped)]
    [InlineData(8, ConditionState.Ok)]
    public void Diagnostics_begin_with_1_8(int minor, ConditionState expected) =>
        Assert.Equal(expected, HealthConditions.Of(Healthy with { Minor = minor }).Single(c => c.Name == "no-diagnostics").State);

    [Fact]
    public void Static_pods_that_do_not_run_are_waited_for() =>
        Assert.Contains("kube-apiserver", Assert.Single(Waiting(Healthy with { Status = new TalosMachineStatus(TalosStage.Running, false, [new("staticPods", "kube-apiserver not ready")]) })).Reason, StringComparison.Ordinal);

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void NotReady_decides_only_where_Ready_is_required(bool required, bool healthy)
    {
        var notReady = Healthy with { NodeReadyRequired = required, KubernetesNode = new TalosKubernetesNode("n1", false, false) };
        Assert.Equal(healthy, NodeHealth.Judge(notReady).IsHealthy);
        Assert.Equal(healthy, NodeHealth.Judge(notReady).Notices.Any(n => n.Contains("NotReady", StringComparison.Ordinal)));
    }

    private static ConditionState State(HealthFacts facts, string name) => HealthConditions.Of(facts).Single(c => c.Name == name).State;

    private static TalosDisk Disk(long bytes) => new("nvme0n1", "/dev/nvme0n1", bytes, "S1", "", "", "nvme", false, false, false);

    private static IEnumerable<HealthCondition> Waiting(HealthFacts facts) => HealthConditions.Of(facts).Where(c => c.State == ConditionState.Waiting);
}
