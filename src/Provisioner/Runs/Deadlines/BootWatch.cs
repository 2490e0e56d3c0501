namespace Kronform.Provision.Runs.Deadlines;

/// <summary>How long the boot took that an observation ends, if it ends one that this process has watched from its begin. Pure.</summary>
public static class BootWatch
{
    /// <param name="limits">What comes up after its deadline was held up by something else than booting: Robot, or the network.</param>
    /// <param name="began">Of this process's work on the node: what was pressed before may have come up long ago.</param>
    /// <returns>Null when nothing is learnt.</returns>
    public static BootSeen? Of(RunRecord record, Observation observation, RunLimits limits, DateTimeOffset began, DateTimeOffset now)
    {
        if (observation is Observation.Rescue && record.LastReset is { Purpose: "rescue", Settled: false } reset)
            return reset.At >= began && now - reset.At <= limits.RescueDeadline ? new BootSeen.Rescue(reset.At, now - reset.At) : null;
        if (observation is Observation.Maintenance { Ours: true } && record is { Reboot: { } reboot, ConfigSentAt: null })
        {
            var from = record.LastReset is { Purpose: "disk" } disk && disk.At > reboot.At ? disk.At : reboot.At;
            return from >= began && now - from <= limits.BootDeadline ? new BootSeen.Disk(from, now - from) : null;
        }

        return null;
    }
}

/// <param name="From">The press or reboot that it began with; each boot is learnt from once.</param>
public abstract record BootSeen(DateTimeOffset From, TimeSpan Took)
{
    public sealed record Rescue(DateTimeOffset From, TimeSpan Took) : BootSeen(From, Took);

    public sealed record Disk(DateTimeOffset From, TimeSpan Took) : BootSeen(From, Took);
}
