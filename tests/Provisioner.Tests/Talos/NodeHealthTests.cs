using Kronform.Provision.Talos;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Talos;

public sealed class NodeHealthTests
{
    private static readonly TalosMachineStatus Running = new(TalosStage.Running, true, []);
    private static readonly TalosService[] Services =
        [.. new[] { "apid", "machined", "kubelet", "etcd", "trustd" }.Select(id => new TalosService(id, "Running", TalosHealth.Healthy, ""))];

    private static readonly TalosEtcdMember[] Members = [new(1, "n4", [], [], false)];

    [Fact]
    public void A_control_plane_with_everything_is_healthy() =>
        Assert.True(Judge(true, false, Running, Services, Members, "n4").IsHealthy);

    [Theory]
    [InlineData("etcd", "Preparing", true)]
    [InlineData("etcd", "Waiting", false)]
    public void An_etcd_before_its_start_waits_for_bootstrap_only_when_it_is_prepared(string id, string state, bool awaits)
    {
        var health = Judge(true, true, Running, With(id, state), null, "n4");
        Assert.False(health.IsHealthy);
        Assert.True(health.IsJoining);
        Assert.Equal(awaits, health.AwaitsBootstrap);
    }

    [Fact]
    public void A_learner_a_stranger_and_a_silent_etcd_are_not_members()
    {
        Assert.Contains("voter", Judge(true, true, Running, Services, [Members[0] with { IsLearner = true }], "n4").Reason, StringComparison.Ordinal);
        Assert.Contains("n5", Judge(true, true, Running, Services, Members, "n5").Reason, StringComparison.Ordinal);
        Assert.False(Judge(true, true, Running, Services, null, "n4").IsHealthy);
    }

    [Fact]
    public void A_worker_needs_no_etcd() =>
        Assert.True(Judge(false, true, Running, [.. Services.Where(s => s.Id is not "etcd" and not "trustd")], null, "n4").IsHealthy);

    [Fact]
    public void NotReady_for_want_of_a_CNI_is_told_and_is_no_failure_where_the_config_installs_none()
    {
        var notReady = new TalosMachineStatus(TalosStage.Running, false, [new TalosUnmetCondition("nodeReady", "node not ready")]);
        var later = Judge(true, cniLater: true, notReady, Services, Members, "n4");
        Assert.True(later.IsHealthy);
        Assert.NotNull(later.Notices.FirstOrDefault());
        Assert.False(Judge(true, cniLater: false, notReady, Services, Members, "n4").IsHealthy);
        Assert.False(Judge(true, false, notReady with { Unmet = [] }, Services, Members, "n4").IsHealthy);
        Assert.Contains("time", Judge(true, true, notReady with { Unmet = [new TalosUnmetCondition("time", "not in sync")] }, Services, Members, "n4").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_service_that_is_missing_stopped_or_sick_is_the_reason()
    {
        Assert.Contains("kubelet to run (it is Finished)", Judge(true, true, Running, With("kubelet", "Finished"), Members, "n4").Reason, StringComparison.Ordinal);
        Assert.Contains("trustd to appear", Judge(true, true, Running, [.. Services.Where(s => s.Id != "trustd")], Members, "n4").Reason, StringComparison.Ordinal);
        var sick = Services.Select(s => s.Id == "apid" ? s with { Health = TalosHealth.Unhealthy } : s).ToList();
        Assert.Contains("apid to be healthy", Judge(true, true, Running, sick, Members, "n4").Reason, StringComparison.Ordinal);
    }

    private static NodeHealth Judge(
        bool controlPlane, bool cniLater, TalosMachineStatus? status, IReadOnlyList<TalosService> services, IReadOnlyList<TalosEtcdMember>? members, string hostname) =>
        NodeHealth.Judge(new HealthFacts
        {
            ControlPlane = controlPlane, NodeReadyRequired = !cniLater, Status = status, Services = services, Members = members, Hostname = hostname,
        });

    private static List<TalosService> With(string id, string state) => [.. Services.Select(s => s.Id == id ? s with { State = state } : s)];
}
