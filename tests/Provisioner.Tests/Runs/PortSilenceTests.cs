using Kronform.Provision.Runs;
using Kronform.Provision.Servers;
using Kronform.Provision.Talos;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs;

/// <summary>What follows from two ports that cannot be talked to. Only real silence may lead to a reset.</summary>
public sealed class PortSilenceTests
{
    private static readonly FirewallBlock TalosDropped = new(50000, null);
    private static readonly FirewallBlock SshDropped = new(22, "rule 2 \"office only\" discards it");

    [Theory]
    [InlineData(NoAnswerReason.TimedOut, "no answer", "port 50000: no answer, port 22: no answer", false)]
    [InlineData(NoAnswerReason.Refused, "refused", "port 50000: refused, port 22: refused", true)]
    [InlineData(NoAnswerReason.Refused, "no answer", "port 50000: refused, port 22: no answer", true)]
    [InlineData(NoAnswerReason.TimedOut, "refused", "port 50000: no answer, port 22: refused", true)]
    [InlineData(NoAnswerReason.Unreachable, "unreachable", "port 50000: no route, port 22: unreachable", false)]
    public void Ports_at_which_nothing_listens_are_silent_and_a_refusal_shows_that_a_kernel_runs(NoAnswerReason reason, string ssh, string evidence, bool refuses) =>
        Assert.Equal(new Observation.Silent(evidence) { Refuses = refuses }, PortSilence.Judge(new TalosProbeResult.NoAnswer(reason), ssh, []));

    [Theory]
    [InlineData(NoAnswerReason.Mute, "takes connections and says nothing")]
    [InlineData(NoAnswerReason.Reset, "closed without a word")]
    public void A_port_that_takes_connections_is_no_silence(NoAnswerReason reason, string text)
    {
        var observation = PortSilence.Judge(new TalosProbeResult.NoAnswer(reason), "refused", []);

        Assert.Contains(text, Assert.IsType<Observation.Unclear>(observation).Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(NoAnswerReason.NotAsked, "no answer")]
    [InlineData(NoAnswerReason.TimedOut, "not asked (Too many open files)")]
    public void What_this_machine_could_not_ask_is_no_silence(NoAnswerReason reason, string ssh) =>
        Assert.Contains("on this machine or its network", Assert.IsType<Observation.Unclear>(PortSilence.Judge(new TalosProbeResult.NoAnswer(reason), ssh, [])).Evidence, StringComparison.Ordinal);

    /// <summary>The kernel has no route to such an address and asks nobody.</summary>
    [Fact]
    public async Task A_way_that_this_machine_does_not_have_says_nothing_of_the_server()
    {
        var nowhere = System.Net.IPAddress.Parse("255.255.255.255");
        var limit = TimeSpan.FromSeconds(20);
        var probe = await TalosProbe.ProbeAsync(nowhere, 50000, TimeProvider.System, limit, TestContext.Current.CancellationToken);
        string? ssh = await PortLook.RefusalAsync(nowhere, 22, limit, TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal(new TalosProbeResult.NoAnswer(NoAnswerReason.NotAsked), probe);
        Assert.StartsWith(PortSilence.NotAsked, ssh, StringComparison.Ordinal);
    }

    [Fact]
    public void A_TLS_server_that_breaks_off_may_be_a_Talos_that_starts() =>
        Assert.IsType<Observation.Unclear>(PortSilence.Judge(new TalosProbeResult.NotTls("a TLS handshake that failed: internal error"), "refused", []));

    [Fact]
    public void Another_protocol_on_the_port_is_another_system() =>
        Assert.Equal(
            new Observation.ForeignSystem("port 50000: not Talos (HTTP/1.1 400 Bad Request), port 22: refused"),
            PortSilence.Judge(new TalosProbeResult.NotTls("HTTP/1.1 400 Bad Request"), "refused", []));

    [Fact]
    public void A_port_that_the_firewall_drops_is_named_with_the_rule_that_is_missing()
    {
        var observation = PortSilence.Judge(new TalosProbeResult.NoAnswer(NoAnswerReason.TimedOut), "refused", [TalosDropped]);

        Assert.Equal(
            "port 50000: no answer, port 22: refused; Robot's firewall drops 50000/tcp: add an incoming rule which accepts protocol tcp, destination port 50000",
            Assert.IsType<Observation.Unclear>(observation).Evidence);
    }

    [Fact]
    public void Both_ports_are_named_when_both_are_dropped()
    {
        var evidence = Assert.IsType<Observation.Unclear>(
            PortSilence.Judge(new TalosProbeResult.NoAnswer(NoAnswerReason.TimedOut), "no answer", [SshDropped, TalosDropped])).Evidence;

        Assert.Contains("drops 22/tcp (rule 2 \"office only\" discards it)", evidence, StringComparison.Ordinal);
        Assert.Contains("drops 50000/tcp", evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_came_through_the_firewall_whatever_its_rules_say() =>
        Assert.IsType<Observation.Silent>(PortSilence.Judge(new TalosProbeResult.NoAnswer(NoAnswerReason.Refused), "refused", [SshDropped, TalosDropped]));

    [Theory]
    [InlineData(TalosTrustFailure.ServerOfAnotherCa, true)]
    [InlineData(TalosTrustFailure.ServerNameMismatch, false)]
    [InlineData(TalosTrustFailure.ServerCertificateExpired, false)]
    [InlineData(TalosTrustFailure.ServerCertificateNotYetValid, false)]
    [InlineData(TalosTrustFailure.ClientCertificateRefused, false)]
    [InlineData(TalosTrustFailure.ServerPinMismatch, false)]
    public void Only_another_CA_makes_a_configured_node_foreign(TalosTrustFailure failure, bool foreign)
    {
        var observation = TalosTrustSigns.Judge(new TalosTrustException(failure, "what was seen"));

        Assert.Equal(foreign, observation is Observation.ConfiguredForeign);
        Assert.True(foreign || observation is Observation.Unclear);
        Assert.Contains("what was seen", observation.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(GrpcCode.PermissionDenied, "has not the role os:admin")]
    [InlineData(GrpcCode.Unavailable, "does not answer yet")]
    public void A_configured_node_that_does_not_serve_us_is_unclear_and_says_why(GrpcCode code, string why) =>
        Assert.Contains(why, Assert.IsType<Observation.Unclear>(TalosTrustSigns.Judge(new TalosRpcException(code, "not authorized"))).Evidence, StringComparison.Ordinal);

    [Theory]
    [InlineData(0.01, 24, null)]
    [InlineData(-3, 21, null)]
    [InlineData(2, 26, "its clock is at least 120 minutes ahead of ours")]
    [InlineData(-30, -6, "its clock is at least 360 minutes behind ours")]
    public void A_maintenance_certificate_tells_how_far_the_clocks_are_apart(double issuedInHours, double expiresInHours, string? note)
    {
        var now = new DateTimeOffset(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);
        var probe = new TalosProbeResult.Maintenance("pin", "cn") { Issued = now.AddHours(issuedInHours), Expires = now.AddHours(expiresInHours) };

        Assert.Equal(note, TalosTrustSigns.ClockNote(probe, now));
    }
}
