namespace Kronform.Provision.Runs;

/// <summary>How long a run believes in something that has not happened yet. Defaults are for metal at Hetzner.</summary>
public sealed record RunLimits
{
    /// <summary>From the reset to a rescue system that lets us in. 5 min 30 s have been seen; peers settled on 8 min.</summary>
    public TimeSpan RescueDeadline { get; init; } = TimeSpan.FromMinutes(8);

    /// <summary>From the reboot to a Talos API. Peers wait up to 15 min: big machines spend minutes in firmware.</summary>
    public TimeSpan BootDeadline { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>The operator gave <see cref="RescueDeadline"/>: what was learnt of the server's product does not change it.</summary>
    public bool RescueDeadlineGiven { get; init; }

    /// <inheritdoc cref="RescueDeadlineGiven"/>
    public bool BootDeadlineGiven { get; init; }

    /// <summary>For the rescue system to go down after it was asked to reboot. Its sshd answers for several seconds more.</summary>
    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>From the machine config to a healthy node: images are pulled meanwhile. talosctl waits 20 min.</summary>
    public TimeSpan HealthDeadline { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>Within this time a configured node may still show its maintenance face after it took the config.</summary>
    public TimeSpan ConfigGrace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// For etcd to start after it took the bootstrap. The request lives in memory only until etcd writes data, so a reboot in
    /// between loses it; then the same node is asked again.
    /// </summary>
    public TimeSpan BootstrapGrace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Between two resets of one server: a boot in progress must not be cut.</summary>
    public TimeSpan ResetGap { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// What goes on answering for so long after a press, without a break, was not reset by it. An orderly end lets virtual machines
    /// and storage daemons take their time, but the SSH server is gone within seconds.
    /// </summary>
    public TimeSpan IgnoredPress { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Silence must last this long before anything is reset for it: one lost packet is no dead server.</summary>
    public TimeSpan SilencePatience { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>The same where the agent may be at work: it does not need the line, and a reset would undo minutes of writing.</summary>
    public TimeSpan LinkPatience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Beyond it a job that was begun is taken to be over, however it ended. Minutes are usual.</summary>
    public TimeSpan LongestWrite { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Beyond it a node whose written disk was told to boot may have been finished by hand, and its silence is no failed boot.</summary>
    public TimeSpan RebootTrust { get; init; } = TimeSpan.FromHours(6);

    /// <summary>
    /// For Talos to show its META partition after its API answers: the disk may settle later. A nonce that is
    /// another one stays another one; the wait costs nothing.
    /// </summary>
    public TimeSpan MetaPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For something that answers but cannot be asked, when nothing is known to be booting.</summary>
    public TimeSpan UnclearPatience { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Resets one attempt may press. Robot allows 50 an hour for the whole account.</summary>
    public int MaxResets { get; init; } = 3;

    /// <summary>Reboots from rescue to disk one run may try.</summary>
    public int MaxReboots { get; init; } = 3;
}
