using Kronform.Provision.Protocol;
using Kronform.Provision.Runs;
using Kronform.Provision.Runs.Joining;
using Kronform.Provision.Servers;
using Kronform.Provision.Talos;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs.Joining;

/// <summary>Whether a control plane that does not answer may have etcd, and so holds up a bootstrap.</summary>
public sealed class SilentControlPlaneTests : IDisposable
{
    private const string NoAnswer = PortSilence.NoAnswer;

    private static readonly ServerSigns Running = new("running", null, null);
    private static readonly ServerSigns Off = new("shut off", null, null);
    private static readonly ServerSigns NotTold = new("not supported", null, null);
    private static readonly ServerSigns Dropped = new("not supported", new FirewallBlock(50000, "rule 2 discards it"), null);
    private static readonly ServerSigns DroppedAndOff = Dropped with { Power = "shut off" };
    private static readonly ServerSigns Unasked = new(null, null, "Robot is in maintenance");

    private static readonly (string Seen, SilentSigns Signs, bool Unknown, bool Blank, bool TookConfig)[] Table =
    [
        ("maintenance mode", Port(new TalosProbeResult.Maintenance("pin", "maintenance-service.talos.dev")), false, false, false),
        ("refused: rescue, booting, another system", Port(NoAnswerReason.Refused), false, false, false),
        ("another program on the port", Port(new TalosProbeResult.NotTls("SSH-2.0-OpenSSH_9.2p1")), false, false, false),
        ("taken, and nothing said", Port(NoAnswerReason.Mute), true, true, true),
        ("taken and dropped", Port(NoAnswerReason.Reset), true, true, true),
        ("a TLS handshake that fails", Port(new TalosProbeResult.NotTls("a TLS handshake that failed: reset")), true, true, true),
        ("this machine could not ask", Port(NoAnswerReason.NotAsked), true, true, true),
        ("filtered, and SSH answers", Port(NoAnswerReason.TimedOut, ssh: null, Running), false, false, false),
        ("no route, and SSH answers", Port(NoAnswerReason.Unreachable, ssh: null, Running), false, false, false),
        ("filtered, and 22 is refused", Port(NoAnswerReason.TimedOut, PortSilence.Refused, NotTold), true, false, true),
        ("nothing, and Robot says running", Port(NoAnswerReason.TimedOut, NoAnswer, Running), true, false, true),
        ("no route, and Robot says running", Port(NoAnswerReason.Unreachable, NoAnswer, Running), false, false, true),
        ("nobody has the address, and Robot says running", Port(NoAnswerReason.TimedOut, PortSilence.Unreachable, Running), false, false, true),
        ("nobody has the address, and the firewall would drop it", Port(NoAnswerReason.TimedOut, PortSilence.Unreachable, Dropped), false, false, true),
        ("nothing, and Robot's firewall drops it", Port(NoAnswerReason.TimedOut, NoAnswer, Dropped), true, false, true),
        ("nothing, the firewall drops it, and it is off", Port(NoAnswerReason.TimedOut, NoAnswer, DroppedAndOff), false, false, true),
        ("nothing, and it is off", Port(NoAnswerReason.TimedOut, NoAnswer, Off), false, false, true),
        ("nothing, and Robot does not know", Port(NoAnswerReason.TimedOut, NoAnswer, NotTold), false, false, true),
        ("nothing, and there is no Robot", Port(NoAnswerReason.TimedOut, NoAnswer, ServerSigns.None), false, false, true),
        ("nothing, and Robot cannot be asked", Port(NoAnswerReason.TimedOut, NoAnswer, Unasked), true, false, true),
    ];

    private readonly StateFolder _state = new(Directory.CreateTempSubdirectory("silent-").FullName);

    public static TheoryData<string> Seen => [.. Table.Select(r => r.Seen)];

    [Theory]
    [MemberData(nameof(Seen))]
    public void What_is_seen_and_what_is_remembered_decide_together(string seen)
    {
        var (_, signs, unknown, blank, tookConfig) = Table.Single(r => r.Seen == seen);
        Assert.Equal(
            (unknown, blank, tookConfig, true),
            (May(ControlPlanePast.Unknown), May(ControlPlanePast.Blank), May(ControlPlanePast.TookConfig), May(ControlPlanePast.WasHealthy)));

        bool May(ControlPlanePast past) => SilentControlPlane.Suspicion(past, signs) is not null;
    }

    [Fact]
    public void New_servers_in_rescue_switched_off_blank_and_with_a_foreign_system_hold_nothing_up() => Assert.All(
        new[] { Port(NoAnswerReason.Refused), Port(NoAnswerReason.TimedOut, NoAnswer, Off), Port(NoAnswerReason.TimedOut, PortSilence.Unreachable, Running), Port(NoAnswerReason.TimedOut, ssh: null, Running) },
        signs => Assert.Null(SilentControlPlane.Suspicion(ControlPlanePast.Unknown, signs)));

    [Theory]
    [InlineData(ControlPlanePast.Unknown, "take it out of provision.yaml")]
    [InlineData(ControlPlanePast.TookConfig, "remove its folder from the state folder")]
    [InlineData(ControlPlanePast.WasHealthy, "remove its folder from the state folder")]
    public void Every_suspicion_says_what_a_person_can_do(ControlPlanePast past, string remedy) =>
        Assert.Contains(remedy, SilentControlPlane.Suspicion(past, Port(NoAnswerReason.TimedOut, NoAnswer, Running)), StringComparison.Ordinal);

    [Fact]
    public void A_firewall_is_named_with_its_rule() =>
        Assert.Contains("rule 2 discards it", SilentControlPlane.Suspicion(ControlPlanePast.Unknown, Port(NoAnswerReason.TimedOut, NoAnswer, Dropped)), StringComparison.Ordinal);

    [Fact]
    public void The_journals_tell_the_past()
    {
        Assert.Equal(ControlPlanePast.Unknown, Past());
        Journal("0001", new RunStarted("n2", 2, "ab", "cd"), new RescueArming(null));
        Assert.Equal(ControlPlanePast.Unknown, Past());
        Journal("0002", new ConfigSending("ab"));
        Assert.Equal(ControlPlanePast.TookConfig, Past());
        Journal("0003", new WriteDone(new DiskIdentity("S1", null, 1), 1, "ab"));
        Assert.Equal(ControlPlanePast.Blank, Past());
        Journal("0004", new WriteDone(new DiskIdentity("S1", null, 1), 1, "ab"), new ConfigSending("ab"), new ConfigAccepted());
        Assert.Equal(ControlPlanePast.TookConfig, Past());
        Journal("0005", new ConfigSending("ab"), new NodeHealthy());
        Journal("0006", new RunStarted("n2", 2, "ab", "cd"), new WriteDone(new DiskIdentity("S1", null, 1), 1, "ab"));
        Assert.Equal(ControlPlanePast.WasHealthy, Past());
    }

    [Fact]
    public void A_journal_that_cannot_be_read_counts_as_one_of_a_healthy_node()
    {
        Journal("0001", new RunStarted("n2", 2, "ab", "cd"), new RescueArming(null));
        string journal = _state.Journals("n2")[0];
        File.WriteAllText(journal, "damaged\n" + File.ReadAllText(journal));
        Assert.Equal(ControlPlanePast.WasHealthy, Past());
    }

    public void Dispose() => Directory.Delete(_state.Root, recursive: true);

    private static SilentSigns Port(TalosProbeResult talos) => new(talos, "", ServerSigns.None);

    private static SilentSigns Port(NoAnswerReason reason) => Port(new TalosProbeResult.NoAnswer(reason));

    private static SilentSigns Port(NoAnswerReason reason, string? ssh, ServerSigns robot) => new(new TalosProbeResult.NoAnswer(reason), ssh, robot);

    private ControlPlanePast Past() => SilentControlPlane.PastOf(_state, "n2");

    private void Journal(string name, params ReadOnlySpan<JournalEntry> entries)
    {
        using var journal = JournalFile.Open(Path.Combine(_state.Node("n2"), name + ".journal"), TimeProvider.System);
        foreach (var entry in entries) journal.Append(entry);
    }
}
