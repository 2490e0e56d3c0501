namespace Kronform.Provision.VirtualRack.Machines;

public enum BootKind
{
    Rescue,
    Disk,
}

/// <summary>One boot of one machine.</summary>
/// <param name="Number">From 1.</param>
/// <param name="EndReason">
/// Null while it lasts; then guest-reset, guest-power-off, reset, power-cut or died, after the event that ended it.
/// </param>
public sealed record BootRecord(int Number, BootKind Kind, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, MachineEvent? EndReason);

/// <summary>A line beginning with RACK- that the machine's system wrote to its serial console.</summary>
public sealed record NodeEvent(int Boot, DateTimeOffset At, string Line);
