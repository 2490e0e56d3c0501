namespace Kronform.Provision.Protocol;

/// <summary>Stable names of what can go wrong in the agent. Each is a heading in runbook.md.</summary>
public static class AgentFailureCodes
{
    /// <summary>The order could not be read, or asks for something this agent does not know.</summary>
    public const string BadOrder = "agent.bad-order";

    /// <summary>Not exactly one disk has the ordered identity.</summary>
    public const string DiskNotFound = "disk.none";

    /// <summary>The disk is not as it was when it was chosen.</summary>
    public const string DiskChanged = "disk.changed";

    /// <summary>The disk is mounted, held by another device, or another process has it open.</summary>
    public const string DiskBusy = "disk.busy";

    /// <summary>The kernel reported an error while wiping, writing or flushing.</summary>
    public const string DiskWrite = "disk.write-failed";

    /// <summary>After the wiping the disk still shows a table or a mark.</summary>
    public const string DiskWipe = "disk.wipe-failed";

    /// <summary>What was read back differs from what was written.</summary>
    public const string ReadBack = "disk.read-back";

    /// <summary>The disk has not answered a request for minutes, without an error either.</summary>
    public const string DiskStalled = "disk.stalled";

    /// <summary>The source could not be opened, broke off before its length, changed on the way, or has gone silent.</summary>
    public const string ImageUnavailable = "image.unavailable";

    /// <summary>The transferred file's SHA-256 is not the ordered one.</summary>
    public const string ImageDigest = "image.digest-mismatch";

    /// <summary>Not a format that is known, damaged, cut short, or followed by other bytes.</summary>
    public const string ImageFormat = "image.unreadable";

    /// <summary>The expanded image does not fit on the disk, or has another sector size.</summary>
    public const string ImageDoesNotFit = "image.does-not-fit";

    /// <summary>Cancelled; or the Provisioner went away: the end of standard input, or a job's question that nobody answered.</summary>
    public const string Cancelled = "agent.cancelled";

    /// <summary>Another job is at work on this machine; only one is at a time. Nothing was started.</summary>
    public const string Busy = "agent.busy";

    /// <summary>Anything else; the causes tell. Also a job whose process died.</summary>
    public const string Internal = "agent.failed";
}

/// <summary>Values of <see cref="AgentFailed.DiskState"/>.</summary>
public static class DiskStates
{
    public const string Untouched = "untouched";
    public const string WithoutTable = "without-table";

    /// <summary>A neutralise order was begun: some of its changes are on the disk, all others are as they were.</summary>
    public const string PartlyChanged = "partly-changed";

    public const string Unknown = "unknown";
}
