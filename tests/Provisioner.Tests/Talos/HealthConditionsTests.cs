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
        KubernetesNode = new TalosKubernetesNode("n1", true, false),
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
    public void What_needs_a_Kubernetes_client_is_never_called_ok()
    {
        string[] names = ["control-plane-components-ready", "kube-proxy-ready", "coredns-ready"];
        Assert.All(HealthConditions.Of(Healthy).Where(c => names.Contains(c.Name)), c => Assert.Equal(ConditionState.NotAsked, c.State));
    }

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

    private static IEnumerable<HealthCondition> Waiting(HealthFacts facts) => HealthConditions.Of(facts).Where(c => c.State == ConditionState.Waiting);
}
