using Kronform.Provision.Cluster;
using Kronform.Provision.Failures;
using Kronform.Provision.Runs.Escalation;
using Kronform.Provision.Servers;
using Kronform.Provision.Talos;

namespace Kronform.Provision.Runs;

/// <summary>What the decision needs to know of the world beside the observation.</summary>
/// <param name="AttemptBegan">When this process began to work on the node.</param>
/// <param name="ObservedSince">When the node was first seen like this, without a change in between.</param>
/// <param name="AllowReset">The operator said that whatever runs on the server may be reset.</param>
/// <param name="KnownNode">An earlier run left this node healthy, or the cluster knows it as a member.</param>
public sealed record Circumstances(DateTimeOffset Now, DateTimeOffset AttemptBegan, DateTimeOffset ObservedSince, bool AllowReset, bool KnownNode)
{
    public TimeSpan Observed => Now - ObservedSince;

    /// <summary>When it was last known what runs there; null when the last look knew. A port that comes and goes is not known.</summary>
    public DateTimeOffset? UnknownSince { get; init; }

    /// <summary>How long nobody has known what runs there, through all changes between silence and unclear answers.</summary>
    public TimeSpan Unknown => Now - (UnknownSince < ObservedSince ? UnknownSince.Value : ObservedSince);

    /// <summary>Since the later of an event and this attempt's begin: an operator who runs again wants to wait again.</summary>
    public TimeSpan Since(DateTimeOffset happened) => Now - (happened > AttemptBegan ? happened : AttemptBegan);
}

/// <summary>
/// The whole policy of a run as one pure function of node, record and observation. It is asked again after every action and
/// after every crash, so it must give a safe answer from any pair of the two.
/// </summary>
public static class Decision
{
    /// <summary>
    /// From a press to the next look that finds a system answering as before. Firmware alone takes longer than that, so nothing can
    /// have booted in between.
    /// </summary>
    private static readonly TimeSpan BreakThatNoBootHas = TimeSpan.FromSeconds(10);

    public static NextAction Next(NodeSpec node, RunRecord record, Observation observation, RunLimits limits, Circumstances now) => observation switch
    {
        Observation.Configured o => Configured(node, record, o.Health, limits, now),
        Observation.ConfiguredForeign o => new NextAction.Stop(FailureCode.TalosForeign, $"Talos on {node.Name} is not this node: {o.Evidence}.", record.Written is null ? "Check the node's address and server number. A node is never wiped by this command." : "Another disk of the server may hold an old Talos installation that came up first. Look at the disk report; remove that disk's Talos labels."),
        Observation.Maintenance { Ours: true } => Maintained(node, record, limits, now),
        Observation.Maintenance when record.Written is not null && now.Observed <= limits.MetaPatience => new NextAction.Wait(RunPhase.Boot, "Talos to show this run's boot nonce"),
        Observation.Maintenance o when record.Written is not null => new NextAction.Stop(FailureCode.BootNotOurs, $"Talos came up on {node.Name}, but not from the disk that was written: {o.Evidence}. No machine config was sent.", "Another disk booted, or its META partition was found first. The disk report names disks with boot code and Talos labels."),
        Observation.Maintenance o => WaitsForRescue(record, limits, now) is { } wait ? wait : EnterRescue(record, o, limits, now, $"Talos waits for a machine config, but this run has not written its disk ({o.Evidence})"),
        Observation.Vkvm o => new NextAction.Stop(FailureCode.BootVkvm, $"{node.Name} runs inside Hetzner's vKVM, not on the metal: {o.Evidence}.", "Shut the guest down in the vKVM console, then run again."),
        Observation.WrongHostKey o => new NextAction.Stop(FailureCode.RescueHostKey, $"What answers on {node.Name}'s SSH port is not the rescue system that reported to Robot: {o.Evidence}. Nothing was sent to it.", "Somebody may be in between, or the address belongs to another server. Check the address; do not override this."),
        Observation.UnprovenRescue o => new NextAction.Stop(FailureCode.RescueNotProven, $"{node.Name} was reached with the rescue system's host key, but {o.Evidence}. Nothing was written.", "Disarm and arm the rescue system again, or look at the server with a KVM console."),
        Observation.Rescue o => InRescue(record, o, limits, now),
        Observation.RescueOfOthers { ArmedByUs: true } o => new NextAction.Stop(FailureCode.RescueAuthentication, $"The rescue system of {node.Name} came up and refuses our SSH key: {o.Evidence}.", "Check that ssh.privateKey and ssh.publicKey in provision.yaml belong together, or that the agent holds the key."),
        Observation.RescueOfOthers o => WaitsForRescue(record, limits, now) is { } wait ? wait : EnterRescue(record, o, limits, now, $"a rescue system runs that does not accept our key ({o.Evidence})"),
        Observation.ForeignSystem o => Foreign(node, record, o, limits, now),
        Observation.Unclear o => Unclear(node, record, o, limits, now),
        Observation.Silent o => Silent(node, record, o, limits, now),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static NextAction Configured(NodeSpec node, RunRecord record, NodeHealth health, RunLimits limits, Circumstances now)
    {
        if (health.IsHealthy) return new NextAction.Done();
        if (now.Since(record.ConfigFirstSentAt ?? now.AttemptBegan) > limits.HealthDeadline)
            return new NextAction.Stop(FailureCode.TalosUnhealthy, $"{node.Name} runs with its machine config but is not healthy: {health.Reason}.", "Nothing was undone; the node keeps trying. Run again to go on watching.");
        bool justBootstrapped = record.BootstrapDoneAt is { } done && now.Now - done <= limits.BootstrapGrace;
        if (health.AwaitsBootstrap && node.Bootstrap && !justBootstrapped) return new NextAction.Bootstrap();
        return new NextAction.Wait(health.IsJoining ? RunPhase.Join : RunPhase.Healthy, health.Reason);
    }

    private static NextAction Maintained(NodeSpec node, RunRecord record, RunLimits limits, Circumstances now)
    {
        if (record.ConfigSentAt is not { } sent)
        {
            return now.Observed <= limits.HealthDeadline
                ? new NextAction.SendConfig()
                : new NextAction.Stop(FailureCode.TalosUnhealthy, $"{node.Name} is in maintenance mode and does not take its machine config.", "Look at its console: Talos says there what it is busy with. Then run again.");
        }

        if (now.Now - sent <= limits.ConfigGrace) return new NextAction.Wait(RunPhase.Configure, "Talos to leave maintenance mode");
        return now.Since(record.ConfigFirstSentAt ?? sent) <= limits.HealthDeadline
            ? new NextAction.SendConfig()
            : new NextAction.Stop(FailureCode.TalosUnhealthy, $"{node.Name} took its machine config and stays in maintenance mode, or comes back to it.", "Look at its console: Talos says there what it misses.");
    }

    private static NextAction InRescue(RunRecord record, Observation.Rescue rescue, RunLimits limits, Circumstances now)
    {
        if (record.Written is null) return new NextAction.Install();
        if (record.Reboot is { } reboot && reboot.FromBootId == rescue.BootId)
        {
            if (now.Now - Latest(reboot.At, DiskReset(record)) <= limits.ShutdownGrace) return new NextAction.Wait(RunPhase.Boot, "the rescue system to go down");
            // Asked once, the request may have been lost with its connection; asked again in vain, it does not go down by itself.
            if (reboot.Asked >= 2 || DiskReset(record) >= reboot.At) return Stuck(record, reboot, rescue, limits, now);
        }

        if (record.Reboot is { } tried && tried.Count >= limits.MaxReboots)
            return new NextAction.Stop(FailureCode.BootDeadline, $"The server was rebooted {tried.Count} times to its disk and came up in the rescue system again.", "Look at the boot order (network first, then the written disk) with a KVM console.");
        return record.FreshlyWritten ? new NextAction.Boot() : new NextAction.VerifyAndBoot();
    }

    /// <summary>The boot id proves that what was asked to reboot never did. Its disk is written and read back: nothing is lost by a harder press.</summary>
    private static NextAction Stuck(RunRecord record, RebootRecord reboot, Observation.Rescue rescue, RunLimits limits, Circumstances now)
    {
        string still = $"the rescue system was asked to reboot and still runs (boot id {rescue.BootId})";
        return record.Resets >= limits.MaxResets
            ? new NextAction.Stop(FailureCode.BootDeadline, $"The server cannot be got out of the rescue system: {PressHistory.Of(record, reboot, rescue.Evidence, now.Now)}.", "The image on the disk was read back and is whole. Look at the server with a KVM console, or have it power cycled, then run again.")
            : AfterGap(record, limits, now, RunPhase.Boot) is { } pause ? pause : new NextAction.ResetToDisk(still);
    }

    private static NextAction Foreign(NodeSpec node, RunRecord record, Observation.ForeignSystem foreign, RunLimits limits, Circumstances now)
    {
        if (WaitsForRescue(record, limits, now) is { } wait) return wait;
        if (BootingFromDisk(record, limits, now) is { } boot) return boot;
        if (now.AllowReset || TriesRescue(record, limits, now)) return EnterRescue(record, foreign, limits, now, $"another system answers ({foreign.Evidence})");
        return record.Reboot is not null
            ? new NextAction.Stop(FailureCode.BootNotOurs, $"Another system than the written one came up on {node.Name}: {foreign.Evidence}.", "Another disk is first in the firmware's boot order. The disk report names disks with boot code.")
            : new NextAction.Stop(FailureCode.ForeignSystem, $"{node.Name} runs a system that is neither Talos nor a rescue system: {foreign.Evidence}.", "If this is the right server and what runs on it may go, run again with --allow-reset; its disks are still guarded.");
    }

    private static NextAction Unclear(NodeSpec node, RunRecord record, Observation.Unclear unclear, RunLimits limits, Circumstances now)
    {
        if (BootingIntoRescue(record, limits, now) is { } wait) return wait;
        if (BootingFromDisk(record, limits, now) is { } boot) return boot;
        var patience = record.ConfigSentAt is null ? limits.UnclearPatience : limits.HealthDeadline;
        return now.Unknown <= patience
            ? new NextAction.Wait(record.ConfigSentAt is null ? RunPhase.Preflight : RunPhase.Configure, "what answers to make itself clear")
            : new NextAction.Stop(FailureCode.TalosUnreachable, $"{node.Name} answers, but cannot be asked: {unclear.Evidence}.", "It is not reset for that. Check clocks, certificates and Robot, then run again.");
    }

    private static NextAction Silent(NodeSpec node, RunRecord record, Observation.Silent silent, RunLimits limits, Circumstances now)
    {
        if (BootingIntoRescue(record, limits, now) is { } wait) return wait;
        if (record.ConfigSentAt is { } sent)
        {
            if (now.Since(record.ConfigFirstSentAt ?? sent) <= limits.HealthDeadline) return new NextAction.Wait(silent.Misses is null ? RunPhase.Configure : RunPhase.Join, silent.Misses ?? "Talos to come back with its machine config");
            return now.AllowReset
                ? EnterRescue(record, silent, limits, now, "the node took its machine config and has not answered since")
                : new NextAction.Stop(FailureCode.TalosUnreachable, $"{node.Name} took its machine config and has not answered since: {silent.Evidence}{(silent.Misses is null ? "" : $"; it waits for {silent.Misses}")}.", "Check the config's network section and the Robot firewall (50000/tcp). To begin again from the rescue system: --allow-reset.");
        }

        if (BootingFromDisk(record, limits, now) is { } boot) return boot;
        if (record.Reboot is not null)
        {
            // Ctrl+Alt+Del is for what runs: it is no try of the reset button.
            if (TriesDisk(record, record.Reboot, limits, now) && (DiskReset(record) is null || record.LastReset!.Type == ResetType.Software) && record.Resets < limits.MaxResets)
                return AfterGap(record, limits, now, RunPhase.Boot) is { } pause ? pause : new NextAction.ResetToDisk("the written disk did not come up");
            return now.AllowReset
                ? EnterRescue(record, silent, limits, now, "the written disk did not come up")
                : new NextAction.Stop(FailureCode.BootDeadline, $"{node.Name} did not come up from the written disk: {PressHistory.Of(record, record.Reboot, silent.Evidence, now.Now)}.", "Look at it with a KVM console: boot order, UEFI or BIOS mode, sector size. The image on the disk was read back and is whole. To begin again from the rescue system: --allow-reset.");
        }

        bool tried = TriesRescue(record, limits, now);
        if (now.KnownNode && !now.AllowReset && !tried)
            return new NextAction.Stop(FailureCode.TalosUnreachable, $"{node.Name} was healthy once and does not answer now: {silent.Evidence}.", "A running node is never reset blindly. If it is really gone, run again with --allow-reset.");
        if (now.Unknown > now.Observed && now.Unknown > limits.UnclearPatience)
            return new NextAction.Stop(FailureCode.TalosUnreachable, $"{node.Name} answers now and then, but cannot be asked: {silent.Evidence}.", "It is not reset for that. Look at the server's console and at the network on the way, then run again.");
        if (now.Observed < limits.SilencePatience) return new NextAction.Wait(RunPhase.Preflight, "a sign of life");
        if (MayStillWrite(record, limits, now) && now.Observed < limits.LinkPatience) return new NextAction.Wait(RunPhase.Write, "the line to the server, which may be writing without us");
        return EnterRescue(record, silent, limits, now, tried ? "the rescue system did not come up" : "nothing answers");
    }

    /// <summary>A job was begun, not long ago, and nothing has been reset since: a reset would cut it.</summary>
    private static bool MayStillWrite(RunRecord record, RunLimits limits, Circumstances now) =>
        record.BegunWrite is { Job: not null } begun && now.Now - begun.At <= limits.LongestWrite && !(record.LastReset?.At > begun.At);

    /// <summary>The wait after a reset into rescue, or null when none is due.</summary>
    private static NextAction.Wait? BootingIntoRescue(RunRecord record, RunLimits limits, Circumstances now) =>
        record.LastReset is { Purpose: "rescue", Settled: false } reset && now.Now - reset.At <= limits.RescueDeadline
            ? new NextAction.Wait(RunPhase.Rescue, "the rescue system to come up")
            : null;

    /// <summary>
    /// The same for a system that answers: when it has answered since the press without a break, no boot is in progress that
    /// another press could cut.
    /// </summary>
    private static NextAction.Wait? WaitsForRescue(RunRecord record, RunLimits limits, Circumstances now) =>
        record.LastReset is { Purpose: "rescue", Settled: false } reset && now.ObservedSince <= reset.At + BreakThatNoBootHas && now.Now - reset.At > limits.IgnoredPress
            ? null
            : BootingIntoRescue(record, limits, now);

    /// <summary>The wait after the reboot, or the reset, to the written disk; null when none is due.</summary>
    private static NextAction.Wait? BootingFromDisk(RunRecord record, RunLimits limits, Circumstances now) =>
        record is { Reboot: { } reboot, ConfigSentAt: null } && now.Since(Latest(reboot.At, DiskReset(record))) <= limits.BootDeadline
            ? new NextAction.Wait(RunPhase.Boot, "Talos to come up")
            : null;

    /// <summary>
    /// We reset the server ourselves, not long ago, and go on trying. A press that lies further back says nothing about what
    /// runs there today.
    /// </summary>
    private static bool TriesRescue(RunRecord record, RunLimits limits, Circumstances now) =>
        record.LastReset is { Purpose: "rescue", Settled: false } reset && now.Now - reset.At <= 2 * limits.RescueDeadline + limits.ResetGap;

    /// <summary>The same for the reboot to the written disk.</summary>
    private static bool TriesDisk(RunRecord record, RebootRecord reboot, RunLimits limits, Circumstances now) =>
        now.Now - Latest(reboot.At, DiskReset(record)) <= limits.RebootTrust;

    private static NextAction EnterRescue(RunRecord record, Observation seen, RunLimits limits, Circumstances now, string because)
    {
        if (record.Resets >= limits.MaxResets)
            return new NextAction.Stop(record.LastReset is { Purpose: "rescue", Settled: false } ? FailureCode.RescueDeadline : FailureCode.ResetsExhausted, $"The rescue system did not come up after {record.Resets} resets, {because}: {PressHistory.Of(record, null, seen.Evidence, now.Now)}.", "Check in Robot that network boot is first in the boot order, and look at the server with a KVM console.");
        return AfterGap(record, limits, now, RunPhase.Rescue) is { } pause ? pause : new NextAction.EnterRescue(because);
    }

    /// <summary>The wait that two presses are apart at least, or null when it is over.</summary>
    private static NextAction.Wait? AfterGap(RunRecord record, RunLimits limits, Circumstances now, RunPhase phase) =>
        record.LastReset is { } last && now.Now - last.At < limits.ResetGap ? new NextAction.Wait(phase, "the pause between two resets") : null;

    private static DateTimeOffset? DiskReset(RunRecord record) => record.LastReset is { Purpose: "disk" } reset ? reset.At : null;

    private static DateTimeOffset Latest(DateTimeOffset first, DateTimeOffset? second) => second > first ? second.Value : first;
}
