using Kronform.Provision.Protocol;

namespace Kronform.Provision.Runs;

/// <summary>
/// What a run's journal says has been done: the memory of <see cref="Decision"/>. Only what was done is here, never what
/// is: that is observed.
/// </summary>
public sealed record RunRecord
{
    public required string BootNonce { get; init; }

    /// <summary>Resets that may have been pressed since the attempt (or the crashed attempts before it) began.</summary>
    public int Resets { get; init; }

    public ResetRecord? LastReset { get; init; }

    /// <summary>The presses since something last came up that they were for, oldest first: rungs that are used up, and perhaps one whose time runs.</summary>
    public IReadOnlyList<ResetRecord> Presses { get; init; } = [];

    /// <summary><see cref="LastReset"/> before the last press.</summary>
    public ResetRecord? ResetBefore { get; init; }

    /// <summary><c>boot_time</c> of the rescue before the last arming.</summary>
    public string? BootTimeBeforeArming { get; init; }

    /// <summary>A disk whose tables an earlier attempt may have left half changed.</summary>
    public NeutraliseStarting? Neutralising { get; init; }

    /// <summary>What the plan became by neutralising.</summary>
    public PlanSucceeded? PlanSuccession { get; init; }

    /// <summary>A write that was begun and did not end.</summary>
    public WriteStarting? BegunWrite { get; init; }

    /// <summary>What that write wiped lies beside the journal.</summary>
    public bool WipedKept { get; init; }

    /// <summary>Every job that this run gave the agent, whatever became of it.</summary>
    public IReadOnlyList<string> Jobs { get; init; } = [];

    /// <summary>The image that is on the disk, complete and read back.</summary>
    public WrittenImage? Written { get; init; }

    /// <summary>The disk that was last begun to be written in this run: it may hold a part of the image.</summary>
    public DiskIdentity? Begun { get; init; }

    /// <summary>Written and read back by this very process: no need to read it back again.</summary>
    public bool FreshlyWritten { get; init; }

    /// <summary>The way from rescue to the disk: set when the reboot was asked for.</summary>
    public RebootRecord? Reboot { get; init; }

    /// <summary>The rescue system was armed, and nothing since shows that it was used or disarmed.</summary>
    public bool Armed { get; init; }

    public DateTimeOffset? ConfigSentAt { get; init; }

    /// <summary>The first time since the disk was written: a node may take its config, fall back and take it again for ever.</summary>
    public DateTimeOffset? ConfigFirstSentAt { get; init; }

    public bool BootstrapAsked { get; init; }

    public DateTimeOffset? BootstrapDoneAt { get; init; }

    public bool Healthy { get; init; }

    /// <param name="before">What they go on from.</param>
    public static RunRecord From(IEnumerable<JournalEntry> entries, RunRecord? before = null)
    {
        var record = before ?? new RunRecord { BootNonce = "" };
        foreach (var entry in entries) record = record.After(entry);
        return record;
    }

    public RunRecord After(JournalEntry entry) => entry switch
    {
        // Another image is another run, whose disk is still to be written. But a server does not forget for that what was pressed, and a
        // disk not what was done to it.
        RunStarted e => Unwritten() with { BootNonce = e.BootNonce, PlanSuccession = null },
        AttemptStarted => this with { FreshlyWritten = false },
        // A failed attempt was seen by an operator, who ran it again: the budget is fresh. A cancelled or killed one was not.
        AttemptEnded { Code: "run.cancelled" } => this,
        AttemptEnded => this with
        {
            Resets = 0,
            Presses = [],
            LastReset = LastReset is { Purpose: "rescue" } last ? last with { Settled = true } : null,
            Reboot = Reboot is { } reboot ? reboot with { Count = 0, Asked = 0 } : null,
        },
        RescueArming e => this with { BootTimeBeforeArming = e.PreviousBootTime, Armed = true },
        ResetPressing e => Pressed(new ResetRecord(e.Type, e.Purpose, e.At, Settled: false) { Because = e.Because }),
        ResetPressed => this with { Armed = false },
        ResetRefused => this with { Resets = Math.Max(0, Resets - 1), LastReset = ResetBefore, Presses = [.. Presses.SkipLast(1)] },
        ResetInVain e when LastReset is { } last => this with
        {
            LastReset = last with { Seen = e.Seen, SeenAt = e.At },
            Presses = [.. Presses.SkipLast(1), .. Presses.TakeLast(1).Select(p => p with { Seen = e.Seen, SeenAt = e.At })],
        },
        RescueProven => this with { Armed = false, LastReset = LastReset is { Purpose: "rescue" } last ? last with { Settled = true } : LastReset, Presses = [.. Presses.Where(p => p.Purpose != "rescue")] },
        MaintenanceProven => this with { Presses = [] },
        NeutraliseStarting e => this with { Neutralising = e },
        NeutraliseDone or NeutraliseGivenUp => this with { Neutralising = null },
        PlanSucceeded e => this with { PlanSuccession = e },
        WriteStarting e => Unwritten() with { BegunWrite = e, Begun = e.Disk, WipedKept = false, Jobs = e.Job is null ? Jobs : [.. Jobs, e.Job] },
        WipedBytesKept => this with { WipedKept = true },
        WrittenImageLost => Unwritten(),
        WriteDone e => this with { BegunWrite = null, FreshlyWritten = !e.Unwatched, Written = new WrittenImage(e.Disk, e.WrittenBytes, e.ContentDigest, e.ChunkMarks) },
        RebootAsking e => this with { Reboot = new RebootRecord(e.BootId, e.At, (Reboot?.Count ?? 0) + 1) { Asked = Reboot?.FromBootId == e.BootId ? Reboot.Asked + 1 : 1 } },
        ConfigSending e => this with { ConfigSentAt = e.At, ConfigFirstSentAt = ConfigFirstSentAt ?? e.At },
        BootstrapAsking => this with { BootstrapAsked = true },
        BootstrapDone => this with { BootstrapDoneAt = entry.At },
        NodeHealthy => this with { Healthy = true },
        _ => this,
    };

    private RunRecord Pressed(ResetRecord press) => this with { Resets = Resets + 1, ResetBefore = LastReset, LastReset = press, Presses = [.. Presses, press] };

    private RunRecord Unwritten() => this with { BegunWrite = null, Written = null, FreshlyWritten = false, Reboot = null, ConfigSentAt = null, ConfigFirstSentAt = null, BootstrapAsked = false, BootstrapDoneAt = null };
}

/// <param name="Settled">Its purpose was reached, or an operator has seen it fail.</param>
public sealed record ResetRecord(string Type, string Purpose, DateTimeOffset At, bool Settled)
{
    /// <summary>Why this button was chosen.</summary>
    public string? Because { get; init; }

    /// <summary>What was there when the press turned out not to have helped; null while that is open.</summary>
    public string? Seen { get; init; }

    public DateTimeOffset? SeenAt { get; init; }
}

public sealed record WrittenImage(DiskIdentity Disk, long Bytes, string ContentDigest, string? ChunkMarks = null);

/// <param name="FromBootId">Of the rescue system that was asked; seeing another one means that the machine did boot since.</param>
/// <param name="Count">Reboots asked for in this run.</param>
public sealed record RebootRecord(string FromBootId, DateTimeOffset At, int Count)
{
    /// <summary>How often this very boot of the rescue system was asked: still there, it does not go down by itself.</summary>
    public int Asked { get; init; } = 1;
}
