using Kronform.Provision.Servers;
using Kronform.Provision.Talos;

namespace Kronform.Provision.Runs;

/// <summary>What it means that neither the Talos port nor the SSH port can be talked to.</summary>
public static class PortSilence
{
    /// <summary>What is said of a port that swallows what is sent to it.</summary>
    public const string NoAnswer = "no answer";

    /// <summary>What is said of a port behind which a machine is up and nothing listens.</summary>
    public const string Refused = "refused";

    /// <summary>What is said of a port where the network itself answered that there is no way to the machine: nobody has its address.</summary>
    public const string Unreachable = "unreachable";

    /// <summary>What is said of a port that this machine could not even ask, with the reason behind it.</summary>
    public const string NotAsked = "not asked";

    private const int TalosPort = TalosClient.DefaultPort;
    private const int SshPort = 22;

    /// <summary>
    /// Whatever takes a connection is no silence: a machine is up, stuck or starting, and is never reset for that. A port that
    /// Robot's firewall is certain to drop is none either: a healthy node looks like a dead one through it.
    /// </summary>
    /// <param name="ssh">What happened on port 22.</param>
    /// <param name="blocks">What Robot's firewall drops; looked up only when a port did not answer.</param>
    public static Observation Judge(TalosProbeResult talos, string ssh, IReadOnlyList<FirewallBlock> blocks)
    {
        var seen = $"port {TalosPort}: {Describe(talos)}, port {SshPort}: {ssh}";
        switch (talos)
        {
            case TalosProbeResult.NotTls other when !IsBrokenTls(other):
                return new Observation.ForeignSystem(seen);
            case TalosProbeResult.NotTls or TalosProbeResult.NoAnswer { Reason: NoAnswerReason.Mute or NoAnswerReason.Reset }:
                return new Observation.Unclear($"{seen}; a machine is up there");
        }

        if (talos is TalosProbeResult.NoAnswer { Reason: NoAnswerReason.NotAsked } || ssh.StartsWith(NotAsked, StringComparison.Ordinal))
            return new Observation.Unclear($"{seen}; what is in the way is on this machine or its network, and says nothing about the server");
        var filtered = blocks.Where(b => b.Port == TalosPort ? IsSwallowed(talos) : b.Port == SshPort && ssh == NoAnswer).ToList();
        return filtered.Count == 0
            ? new Observation.Silent(seen) { Refuses = talos is TalosProbeResult.NoAnswer { Reason: NoAnswerReason.Refused } || ssh == Refused }
            : new Observation.Unclear($"{seen}; {string.Join(", ", filtered.Select(Describe))}");
    }

    /// <summary>Whether nothing at all came back; a refusal passes no firewall that drops.</summary>
    public static bool IsSwallowed(TalosProbeResult talos) => talos is TalosProbeResult.NoAnswer { Reason: NoAnswerReason.TimedOut };

    /// <summary>TLS that did not come about, which a Talos that starts or stops shows too; anything else is another program's port.</summary>
    public static bool IsBrokenTls(TalosProbeResult.NotTls other) => other.Text.StartsWith("a TLS ", StringComparison.Ordinal);

    private static string Describe(FirewallBlock block) => block.Rule is { } rule
        ? $"Robot's firewall drops {block.Port}/tcp ({rule}): add an incoming rule above that one which accepts protocol tcp, destination port {block.Port}"
        : $"Robot's firewall drops {block.Port}/tcp: add an incoming rule which accepts protocol tcp, destination port {block.Port}";

    private static string Describe(TalosProbeResult probe) => probe switch
    {
        TalosProbeResult.NoAnswer { Reason: NoAnswerReason.Refused } => Refused,
        TalosProbeResult.NoAnswer { Reason: NoAnswerReason.TimedOut } => NoAnswer,
        TalosProbeResult.NoAnswer { Reason: NoAnswerReason.Unreachable } => "no route",
        TalosProbeResult.NoAnswer { Reason: NoAnswerReason.NotAsked } => NotAsked,
        TalosProbeResult.NoAnswer { Reason: NoAnswerReason.Mute } => "takes connections and says nothing",
        TalosProbeResult.NoAnswer => "closed without a word",
        TalosProbeResult.NotTls other => $"not Talos ({other.Text})",
        _ => "answers",
    };
}
