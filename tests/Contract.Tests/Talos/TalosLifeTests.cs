using Kronform.Provision.Talos;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Talos;

/// <summary>The client against emulated nodes, over real TLS, from maintenance to a running cluster.</summary>
public sealed class TalosLifeTests
{
    private const string Disks =
        """
        [
          { "name": "nvme0n1", "size": 512110190592, "serial": "S64DNX0T1", "wwid": "eui.0025385611b1a5a6", "model": "SAMSUNG MZVL2512HCJQ", "transport": "nvme" },
          { "name": "sda", "size": 4000787030016, "serial": "ZC1", "wwid": "naa.5000c500a1b2c3d4", "model": "ST4000NM", "transport": "sata", "rotational": true }
        ]
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("v1.7.7")]
    [InlineData("v1.9.6")]
    [InlineData("v1.12.11")]
    [InlineData("v1.13.9")]
    public async Task A_node_goes_from_maintenance_to_running(string release)
    {
        await using var cluster = new EmulatedCluster(release);
        await cluster.StartAsync(1, meta: "run-4711", disks: Disks);

        using (var maintenance = await cluster.MaintenanceClientAsync(1))
        {
            Assert.Equal("run-4711", await maintenance.MetaKeyAsync("0x0a", Cancellation));
            Assert.Null(await maintenance.MetaKeyAsync("0x0b", Cancellation));
            Assert.Equal(TalosStage.Maintenance, (await maintenance.MachineStatusAsync(Cancellation))!.Stage);
            var disks = await maintenance.DisksAsync(Cancellation);
            Assert.Equal(["nvme0n1", "sda"], disks.Select(d => d.Name));
            Assert.Equal(("S64DNX0T1", "eui.0025385611b1a5a6", 512110190592, "/dev/nvme0n1"), (disks[0].Serial, disks[0].Wwid, disks[0].SizeBytes, disks[0].DevicePath));
            Assert.Equal((false, true), (disks[0].Rotational, disks[1].Rotational));
            Assert.Equal(new TalosSystemDisk("nvme0n1", "/dev/nvme0n1"), await maintenance.SystemDiskAsync(Cancellation));

            var dry = await maintenance.ApplyConfigurationAsync(cluster.Config(1), dryRun: true, Cancellation);
            Assert.StartsWith("Dry run summary:", dry.ModeDetails, StringComparison.Ordinal);
            Assert.IsType<TalosProbeResult.Maintenance>(await cluster.ProbeAsync(1));
        }

        using var node = await cluster.ConfigureAsync(1);
        Assert.Equal(new TalosVersionAnswer.Known(release), await node.VersionAsync(Cancellation));
        Assert.Equal("n1", await node.HostnameAsync(Cancellation));
        Assert.Equal("run-4711", await node.MetaKeyAsync("0x0a", Cancellation));

        var waiting = await Eventually.Async("etcd to wait for its bootstrap", async () =>
            (await node.ServicesAsync(Cancellation)).Single(s => s.Id == "etcd"), s => s.State == "Preparing");
        Assert.Equal("Running pre state", waiting.LastMessage);
        var booting = (await node.MachineStatusAsync(Cancellation))!;
        Assert.Equal((TalosStage.Booting, false), (booting.Stage, booting.Ready));
        Assert.Contains("services", booting.Unmet.Select(u => u.Name));

        await node.BootstrapAsync(Cancellation);
        await Eventually.Async("the node to run", async () => await node.MachineStatusAsync(Cancellation), s => s is { Stage: TalosStage.Running, Ready: true });

        var member = Assert.Single(await node.EtcdMembersAsync(queryLocal: false, Cancellation));
        Assert.Equal(("n1", false), (member.Hostname, member.IsLearner));
        var status = await node.EtcdStatusAsync(Cancellation);
        Assert.Equal((member.Id, member.Id), (status.MemberId, status.Leader));
        Assert.All(await node.ServicesAsync(Cancellation), s => Assert.Equal(("Running", TalosHealth.Healthy), (s.State, s.Health)));
        Assert.Equal(1, cluster.Node(1).Counters.ConfigsApplied);
    }

    [Fact]
    public async Task Bootstrapping_twice_is_told_apart_from_too_early()
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1);
        using var node = await cluster.ConfigureAsync(1);

        var early = await Assert.ThrowsAsync<TalosRpcException>(() => node.BootstrapAsync(Cancellation));
        Assert.Equal((GrpcCode.FailedPrecondition, "bootstrap is not available yet"), (early.Code, early.Detail));

        await BootstrapAsync(node);
        await MembersAsync(node, 1);
        var again = await Assert.ThrowsAsync<TalosRpcException>(() => node.BootstrapAsync(Cancellation));
        Assert.Equal((GrpcCode.AlreadyExists, "etcd data directory is not empty"), (again.Code, again.Detail));
        Assert.Equal(1, cluster.Node(1).Counters.BootstrapsAccepted);
    }

    [Fact]
    public async Task Further_control_planes_join_as_learners_and_become_voters()
    {
        await using var cluster = new EmulatedCluster();
        for (var n = 1; n <= 3; n++)
            await cluster.StartAsync(n);
        using var first = await cluster.ConfigureAsync(1);
        await BootstrapAsync(first);
        await MembersAsync(first, 1);

        using var second = await cluster.ConfigureAsync(2);
        using var third = await cluster.ConfigureAsync(3);
        var learner = await Eventually.Async("a learner", async () =>
            (await first.EtcdMembersAsync(false, Cancellation)).FirstOrDefault(m => m.IsLearner), m => m is not null);
        Assert.Contains(learner!.Hostname, (string[])["n2", "n3"]);

        var members = await MembersAsync(third, 3);
        Assert.Equal(["n1", "n2", "n3"], members.Select(m => m.Hostname).Order());
        Assert.All(await Task.WhenAll(MembersAsync(first, 3), MembersAsync(second, 3)), list => Assert.Equal(
            members.Select(m => m.Id).Order(), list.Select(m => m.Id).Order()));
        await Eventually.Async("n3 to run", async () => await third.MachineStatusAsync(Cancellation), s => s is { Stage: TalosStage.Running });

        var e = await Assert.ThrowsAsync<TalosRpcException>(() => second.BootstrapAsync(Cancellation));
        Assert.Equal(GrpcCode.AlreadyExists, e.Code);
    }

    [Theory]
    [InlineData(Identities.Minted)]
    [InlineData(Identities.Ed25519)]
    public async Task A_watch_sees_every_stage_up_to_running(string kind)
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1);
        using (await cluster.ConfigureAsync(1))
        {
        }

        using var node = cluster.Client(1, kind: kind);
        var stages = new List<TalosStage>();
        Task? bootstrap = null;
        await foreach (var status in node.WatchMachineStatusAsync(TimeSpan.FromSeconds(30), Cancellation))
        {
            // A call of its own beside the stream, over the same connection.
            bootstrap ??= BootstrapAsync(node);
            stages.Add(status!.Stage);
            if (status.Stage == TalosStage.Running)
                break;
        }

        Assert.Equal([TalosStage.Booting, TalosStage.Running], stages.Distinct());
        await bootstrap!;
    }

    [Fact]
    public async Task A_watch_ends_with_the_node()
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1);
        using var node = await cluster.MaintenanceClientAsync(1);

        var e = await Assert.ThrowsAsync<TalosRpcException>(async () =>
        {
            await foreach (var status in node.WatchMachineStatusAsync(TimeSpan.FromSeconds(30), Cancellation))
            {
                Assert.Equal(TalosStage.Maintenance, status!.Stage);
                await cluster.Node(1).DisposeAsync();
            }
        });

        Assert.True(e.Code is GrpcCode.Unavailable or GrpcCode.Cancelled, e.ToString());
    }

    [Fact]
    public async Task A_second_bootstrap_on_a_node_that_waits_makes_a_second_cluster()
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1);
        await cluster.StartAsync(2);
        // The endpoint is each node itself, so neither finds the other.
        using var first = await cluster.ConfigureAsync(1, endpointNode: 1);
        using var second = await cluster.ConfigureAsync(2, endpointNode: 2);
        await BootstrapAsync(first);
        await BootstrapAsync(second);

        Assert.Equal("n1", Assert.Single(await MembersAsync(first, 1)).Hostname);
        Assert.Equal("n2", Assert.Single(await MembersAsync(second, 1)).Hostname);
    }

    [Fact]
    public async Task A_restart_keeps_config_and_etcd_and_changes_the_boot_id()
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1);
        using var node = await cluster.ConfigureAsync(1);
        await BootstrapAsync(node);
        var before = Assert.Single(await MembersAsync(node, 1));
        var boot = await node.BootIdAsync(Cancellation);

        await node.RebootAsync(Cancellation);
        Assert.Equal(100, await cluster.Node(1).Exited.WaitAsync(Cancellation));
        await cluster.RestartAsync(1);

        Assert.IsType<TalosProbeResult.WantsClientCertificate>(await cluster.ProbeAsync(1));
        using var again = cluster.Client(1);
        Assert.NotEqual(boot, await again.BootIdAsync(Cancellation));
        Assert.Equal(before.Id, Assert.Single(await MembersAsync(again, 1)).Id);
        await Eventually.Async("the node to run", async () => await again.MachineStatusAsync(Cancellation), s => s is { Stage: TalosStage.Running });
    }

    [Fact]
    public async Task A_wiped_node_is_in_maintenance_again_and_replaces_its_old_member_when_it_returns()
    {
        await using var cluster = new EmulatedCluster();
        for (var n = 1; n <= 3; n++)
            await cluster.StartAsync(n);
        using var first = await cluster.ConfigureAsync(1);
        await BootstrapAsync(first);
        using (await cluster.ConfigureAsync(2))
        using (await cluster.ConfigureAsync(3))
            await MembersAsync(first, 3);
        var old = (await MembersAsync(first, 3)).Single(m => m.Hostname == "n3").Id;

        await cluster.Node(3).DisposeAsync();
        Directory.Delete(cluster.StateFolder(3), recursive: true);
        await cluster.StartAsync(3);
        Assert.IsType<TalosProbeResult.Maintenance>(await cluster.ProbeAsync(3));

        using var back = await cluster.ConfigureAsync(3);
        await Eventually.Async("n3 to be a new member", async () =>
            await back.EtcdMembersAsync(false, Cancellation), list => list.Count == 3 && list.All(m => !m.IsLearner && m.Id != old));
    }

    [Fact]
    public async Task Without_a_majority_etcd_is_unhealthy_and_the_list_is_only_had_locally()
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1);
        await cluster.StartAsync(2);
        using var first = await cluster.ConfigureAsync(1);
        await BootstrapAsync(first);
        using (await cluster.ConfigureAsync(2))
            await MembersAsync(first, 2);

        await cluster.Node(2).DisposeAsync();

        await Eventually.Async("etcd to be unhealthy", async () =>
            (await first.ServicesAsync(Cancellation)).Single(s => s.Id == "etcd"), s => s.Health == TalosHealth.Unhealthy);
        var e = await Assert.ThrowsAsync<TalosRpcException>(() => first.EtcdMembersAsync(queryLocal: false, Cancellation));
        Assert.Equal(GrpcCode.Unknown, e.Code);
        Assert.Equal(2, (await first.EtcdMembersAsync(queryLocal: true, Cancellation)).Count);
    }

    [Fact]
    public async Task A_worker_stays_away_until_a_control_plane_answers_and_has_no_etcd()
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1);
        await cluster.StartAsync(2);
        using (var maintenance = await cluster.MaintenanceClientAsync(2))
            await maintenance.ApplyConfigurationAsync(cluster.Config(2, "worker"), dryRun: false, Cancellation);
        await Eventually.Async("the worker's port to be closed", async () =>
            await cluster.ProbeAsync(2), p => p is TalosProbeResult.NoAnswer { Reason: NoAnswerReason.Refused });

        using var first = await cluster.ConfigureAsync(1);
        await Eventually.Async("the worker's apid", async () => await cluster.ProbeAsync(2), p => p is TalosProbeResult.WantsClientCertificate);
        using var worker = cluster.Client(2);
        await Eventually.Async("the worker to run", async () => await worker.MachineStatusAsync(Cancellation), s => s is { Stage: TalosStage.Running });

        Assert.DoesNotContain("etcd", (await worker.ServicesAsync(Cancellation)).Select(s => s.Id));
        var e = await Assert.ThrowsAsync<TalosRpcException>(() => worker.BootstrapAsync(Cancellation));
        Assert.Equal((GrpcCode.Unimplemented, "bootstrap is only available on control plane nodes"), (e.Code, e.Detail));
    }

    [Theory]
    [InlineData("v1.8.4", GrpcCode.FailedPrecondition, "bootstrap can only be performed on a control plane node")]
    [InlineData("v1.12.11", GrpcCode.FailedPrecondition, "bootstrap can only be performed on a control plane node")]
    [InlineData("v1.13.9", GrpcCode.Unimplemented, "bootstrap is only available on control plane nodes")]
    public async Task A_worker_refuses_to_bootstrap_in_the_words_of_its_version_and_has_no_kubeconfig(string release, GrpcCode code, string detail)
    {
        await using var cluster = new EmulatedCluster(release);
        await cluster.StartAsync(1, disks: Disks);
        await cluster.StartAsync(2, disks: Disks);
        using var first = await cluster.ConfigureAsync(1);
        using var worker = await cluster.ConfigureAsync(2, "worker");

        var e = await Assert.ThrowsAsync<TalosRpcException>(() => worker.BootstrapAsync(Cancellation));
        Assert.Equal((code, detail), (e.Code, e.Detail));
        Assert.Equal(GrpcCode.Unimplemented, (await Assert.ThrowsAsync<TalosRpcException>(() => worker.KubeconfigAsync(Cancellation))).Code);
        Assert.StartsWith("apiVersion: v1", System.Text.Encoding.UTF8.GetString(await first.KubeconfigAsync(Cancellation)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v1.7.7", false)]
    [InlineData("v1.13.9", true)]
    public async Task Diagnostics_and_the_node_in_Kubernetes_are_told_where_the_version_has_them(string release, bool diagnostics)
    {
        await using var cluster = new EmulatedCluster(release);
        await cluster.StartAsync(1, disks: Disks);
        using var node = await cluster.ConfigureAsync(1, cni: "none");
        await BootstrapAsync(node);
        Assert.Equal(diagnostics, await node.DiagnosticsAsync(Cancellation) is not null);
        var kubernetes = await Eventually.Async("the node in Kubernetes", () => node.KubernetesNodeAsync(Cancellation), n => n is not null);
        Assert.Equal(("n1", false, false), (kubernetes!.Name, kubernetes.Ready, kubernetes.Unschedulable));
    }

    [Fact]
    public async Task Without_a_CNI_the_node_runs_but_is_not_ready()
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1);
        using var node = await cluster.ConfigureAsync(1, cni: "none");
        await BootstrapAsync(node);

        var status = await Eventually.Async("the node to run", async () =>
            await node.MachineStatusAsync(Cancellation), s => s is { Stage: TalosStage.Running });

        Assert.False(status!.Ready);
        Assert.Equal("nodeReady", Assert.Single(status.Unmet).Name);
    }

    private static Task<bool> BootstrapAsync(TalosClient node) => Eventually.Async("an accepted bootstrap", async () =>
    {
        await node.BootstrapAsync(Cancellation);
        return true;
    }, accepted => accepted);

    private static Task<IReadOnlyList<TalosEtcdMember>> MembersAsync(TalosClient node, int voters) =>
        Eventually.Async($"{voters} voting members", async () => await node.EtcdMembersAsync(queryLocal: false, Cancellation), list => list.Count(m => !m.IsLearner) == voters);
}
