using Kronform.Provision.Failures;
using Kronform.Provision.Talos;

namespace Kronform.Provision.Runs.Joining;

/// <summary>What the state folder remembers of a control plane; the last that is true.</summary>
public enum ControlPlanePast
{
    /// <summary>No run of ours touched it, or none came as far as its disk.</summary>
    Unknown,

    /// <summary>The newest run wrote its disk and has sent no machine config since: it cannot have etcd.</summary>
    Blank,

    /// <summary>The newest run sent its machine config: it may have joined.</summary>
    TookConfig,

    /// <summary>Some run left it healthy, so it had a place in etcd then.</summary>
    WasHealthy,
}

/// <summary>What was seen of a control plane where no configured Talos answers.</summary>
/// <param name="Talos">Its Talos port.</param>
/// <param name="Ssh">Null when port 22 takes connections, which no Talos does; otherwise what happened, empty when it was not tried.</param>
/// <param name="Robot">Looked up when neither port answers.</param>
public sealed record SilentSigns(TalosProbeResult Talos, string? Ssh, ServerSigns Robot);

/// <summary>
/// Whether a control plane that does not answer may have etcd all the same. Bootstrapping beside an etcd that merely cannot be
/// seen makes a second cluster, so every sign of a machine that runs behind a closed port counts; a machine that is off, in a
/// rescue system, in maintenance mode or runs something else has no say, or no cluster could ever begin.
/// </summary>
/// <remarks>
/// <code>
/// seen                                   | unknown | blank | took config | was healthy
/// maintenance, refused, not TLS, SSH     | no say  | none  | none        | may
/// mute, hung up, broken TLS              | may     | may   | may         | may
/// this machine could not ask             | may     | may   | may         | may
/// nobody has the address, or it is off   | no say  | none  | may         | may
/// nothing, and a sign that it runs       | may     | none  | may         | may
/// nothing, and no sign                   | no say  | none  | may         | may
/// </code>
/// </remarks>
public static class SilentControlPlane
{
    private const string Remedy = "boot it into the rescue system, switch it off or open the port; or take it out of provision.yaml until etcd runs";

    /// <returns>Why it may have etcd, and what a person can do about it; null when it has no say.</returns>
    public static string? Suspicion(ControlPlanePast past, SilentSigns seen)
    {
        if (past == ControlPlanePast.WasHealthy)
            return "it was healthy once and does not answer (if it is gone for good, remove its folder from the state folder)";
        switch (seen.Talos)
        {
            case TalosProbeResult.Maintenance or TalosProbeResult.NoAnswer { Reason: NoAnswerReason.Refused }:
            case TalosProbeResult.NotTls other when !PortSilence.IsBrokenTls(other):
                return null;
            case TalosProbeResult.NotTls or TalosProbeResult.NoAnswer { Reason: NoAnswerReason.Mute or NoAnswerReason.Reset }:
                return $"a machine is up there and its port {TalosClient.DefaultPort} {(seen.Talos is TalosProbeResult.NotTls broken ? $"speaks {broken.Text}" : "does not speak")} ({Remedy})";
        }

        if (seen.Talos is TalosProbeResult.NoAnswer { Reason: NoAnswerReason.NotAsked })
            return "this machine cannot reach it to ask, so nothing is known of it";

        // Talos has no SSH server: what answers there is a rescue system or another operating system.
        if (seen.Ssh is null || past == ControlPlanePast.Blank) return null;
        if (past == ControlPlanePast.TookConfig)
            return "it was sent its machine config and does not answer (if it never had etcd, remove its folder from the state folder)";
        // A firewall that drops says nothing; a router that finds nobody says so. A machine that runs without any system is like that.
        if (seen.Robot.IsShutOff || seen.Ssh == PortSilence.Unreachable || seen.Talos is TalosProbeResult.NoAnswer { Reason: NoAnswerReason.Unreachable }) return null;
        if (seen.Ssh == PortSilence.Refused) return $"a machine is up there, and something drops what is sent to its port {TalosClient.DefaultPort} ({Remedy})";
        if (seen.Robot.TalosPort is { } block) return $"Robot's firewall drops {TalosClient.DefaultPort}/tcp{(block.Rule is null ? "" : $" ({block.Rule})")}, and Robot does not say that it is off ({Remedy})";
        if (seen.Robot.IsRunning) return $"Robot says that it is running, and nothing answers on its ports {TalosClient.DefaultPort} and 22 ({Remedy})";
        return seen.Robot.Unasked is { } why ? $"nothing answers there, and Robot cannot be asked whether it is off ({why})" : null;
    }

    /// <summary>A journal that cannot be read counts as one of a healthy node: the cautious way.</summary>
    public static ControlPlanePast PastOf(StateFolder state, string node)
    {
        var past = ControlPlanePast.Unknown;
        foreach (string path in state.JournalsOf(node))
        {
            try
            {
                var record = RunRecord.From(JournalFile.Read(path));
                if (record.Healthy) return ControlPlanePast.WasHealthy;
                past = record switch
                {
                    { ConfigSentAt: not null } or { BootstrapAsked: true } => ControlPlanePast.TookConfig,
                    { Written: not null } or { BegunWrite: not null } => ControlPlanePast.Blank,
                    _ => past,
                };
            }
            catch (ProvisionException)
            {
                return ControlPlanePast.WasHealthy;
            }
        }

        return past;
    }
}
