using Kronform.Provision.Runs;
using Kronform.Provision.Talos;
using Kronform.Provision.TalosEmulator;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Talos;

/// <summary>Nodes on which something is wrong: each has a name of its own, and none is taken for a dead machine.</summary>
public sealed class FaultyNodeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Identities.Minted)]
    [InlineData(Identities.Ed25519)]
    public async Task A_node_whose_clock_is_ahead_is_known_by_its_certificate(string kind)
    {
        var observation = await FaultAsync(new EmulatorFaults { ClockAhead = TimeSpan.FromHours(3) }, kind);

        Assert.Contains("clock is at least 3 hours ahead of ours", Assert.IsType<Observation.Unclear>(observation).Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Identities.Minted)]
    [InlineData(Identities.Ed25519)]
    public async Task A_node_that_stopped_renewing_its_certificate_is_not_foreign(string kind)
    {
        var observation = await FaultAsync(new EmulatorFaults { StaleCertificate = true }, kind);

        Assert.Contains("is at least 24 hours behind ours, or the node has stopped renewing it", Assert.IsType<Observation.Unclear>(observation).Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Identities.Minted)]
    [InlineData(Identities.Ed25519)]
    public async Task A_node_of_another_CA_is_foreign(string kind)
    {
        var observation = await FaultAsync(new EmulatorFaults { WrongCa = true }, kind);

        Assert.Contains("is not signed by this cluster's CA", Assert.IsType<Observation.ConfiguredForeign>(observation).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_in_maintenance_tells_how_far_its_clock_is_off()
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1, faults: new EmulatorFaults { ClockAhead = TimeSpan.FromHours(-30) });

        var probe = Assert.IsType<TalosProbeResult.Maintenance>(await cluster.ProbeAsync(1));

        Assert.Matches("^its clock is at least 3[56][0-9] minutes behind ours$", TalosTrustSigns.ClockNote(probe, TimeProvider.System.GetUtcNow()));
    }

    [Fact]
    public async Task A_port_that_takes_connections_and_says_nothing_is_no_dead_machine()
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1);
        using (await cluster.ConfigureAsync(1))
        {
        }

        await cluster.Node(1).DisposeAsync();
        await cluster.StartAsync(1, faults: new EmulatorFaults { HalfOpen = true });
        var probe = await TalosProbe.ProbeAsync(cluster.Address(1), cluster.Node(1).BoundPort, TimeProvider.System, TimeSpan.FromMilliseconds(300), Cancellation);

        Assert.Equal(new TalosProbeResult.NoAnswer(NoAnswerReason.Mute), probe);
        Assert.IsType<Observation.Unclear>(PortSilence.Judge(probe, "refused", []));
    }

    [Fact]
    public async Task A_port_that_comes_and_goes_still_lets_a_config_through_once()
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1, meta: "run-4711", faults: new EmulatorFaults { FlapUp = TimeSpan.FromMilliseconds(400), FlapDown = TimeSpan.FromMilliseconds(200) });

        await Eventually.Async("the config to be taken", async () =>
        {
            if (await cluster.ProbeAsync(1) is not TalosProbeResult.Maintenance)
                return cluster.Node(1).Counters.ConfigsApplied;
            try
            {
                using var client = await cluster.MaintenanceClientAsync(1);
                await client.ApplyConfigurationAsync(cluster.Config(1), dryRun: false, Cancellation);
            }
            catch (Xunit.Sdk.XunitException)
            {
                // The port closed between the look and the call.
            }

            return cluster.Node(1).Counters.ConfigsApplied;
        }, applied => applied > 0);
        await Eventually.Async("apid", () => cluster.ProbeAsync(1), p => p is TalosProbeResult.WantsClientCertificate);

        Assert.Equal(1, cluster.Node(1).Counters.ConfigsApplied);
    }

    [Theory]
    [InlineData("v1.12.11")]
    [InlineData("v1.13.9")]
    public async Task A_config_whose_reply_is_lost_was_applied(string release)
    {
        await using var cluster = new EmulatedCluster(release);
        await cluster.StartAsync(1, faults: new EmulatorFaults { LostReplies = [new LostReply("ApplyConfiguration", Skip: 1)] });
        using var client = await cluster.MaintenanceClientAsync(1);
        await client.ApplyConfigurationAsync(cluster.Config(1), dryRun: true, Cancellation);

        var e = await Assert.ThrowsAsync<TalosRpcException>(() => client.ApplyConfigurationAsync(cluster.Config(1), dryRun: false, Cancellation));

        Assert.Equal(ApplyOutcome.Unknown, ApplyRefusal.Of(e.Code, e.Detail));
        await Eventually.Async("apid", () => cluster.ProbeAsync(1), p => p is TalosProbeResult.WantsClientCertificate);
        Assert.Equal(1, cluster.Node(1).Counters.ConfigsApplied);
    }

    [Theory]
    [InlineData("lose-reply=Bootstrap:0:2", true)]
    [InlineData("flap=500:100", true)]
    [InlineData("clock=-7200", true)]
    [InlineData("half-open", true)]
    [InlineData("lose-reply=", false)]
    [InlineData("flap=500", false)]
    [InlineData("clock=soon", false)]
    [InlineData("on-fire", false)]
    public void Faults_have_names_on_the_command_line(string text, bool known)
    {
        var faults = Record.Exception(() => new EmulatorFaults().With(text));

        if (known)
            Assert.Null(faults);
        else
            Assert.IsType<FormatException>(faults);
    }

    /// <summary>Configures a healthy node, restarts it with the fault and asks it something.</summary>
    private static async Task<Observation> FaultAsync(EmulatorFaults faults, string kind)
    {
        await using var cluster = new EmulatedCluster();
        await cluster.StartAsync(1);
        using (await cluster.ConfigureAsync(1))
        {
        }

        await cluster.Node(1).DisposeAsync();
        await cluster.StartAsync(1, faults: faults);
        using var client = cluster.Client(1, kind: kind);
        return TalosTrustSigns.Judge((await Record.ExceptionAsync(() => client.VersionAsync(Cancellation)))!);
    }
}
