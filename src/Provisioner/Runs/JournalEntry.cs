using System.Text.Json.Serialization;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Runs;

/// <summary>
/// One line of a run's journal. What cannot be undone or repeated blindly is written twice: the intent before, the outcome after.
/// No entry ever holds a machine config, a key or a password.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind", IgnoreUnrecognizedTypeDiscriminators = true)]
[JsonDerivedType(typeof(RunStarted), "run-started")]
[JsonDerivedType(typeof(AttemptStarted), "attempt-started")]
[JsonDerivedType(typeof(AttemptEnded), "attempt-ended")]
[JsonDerivedType(typeof(RescueArming), "rescue-arming")]
[JsonDerivedType(typeof(ResetPressing), "reset-pressing")]
[JsonDerivedType(typeof(ResetPressed), "reset-pressed")]
[JsonDerivedType(typeof(ResetRefused), "reset-refused")]
[JsonDerivedType(typeof(ResetInVain), "reset-in-vain")]
[JsonDerivedType(typeof(RescueProven), "rescue-proven")]
[JsonDerivedType(typeof(DataLossAllowed), "data-loss-allowed")]
[JsonDerivedType(typeof(NeutraliseStarting), "neutralise-starting")]
[JsonDerivedType(typeof(NeutraliseDone), "neutralise-done")]
[JsonDerivedType(typeof(NeutraliseGivenUp), "neutralise-given-up")]
[JsonDerivedType(typeof(PlanSucceeded), "plan-succeeded")]
[JsonDerivedType(typeof(WriteStarting), "write-starting")]
[JsonDerivedType(typeof(WriteRejoined), "write-rejoined")]
[JsonDerivedType(typeof(WipedBytesKept), "wiped-bytes-kept")]
[JsonDerivedType(typeof(WriteDone), "write-done")]
[JsonDerivedType(typeof(WrittenImageLost), "written-image-lost")]
[JsonDerivedType(typeof(RebootAsking), "reboot-asking")]
[JsonDerivedType(typeof(MaintenanceProven), "maintenance-proven")]
[JsonDerivedType(typeof(ConfigSending), "config-sending")]
[JsonDerivedType(typeof(ConfigAccepted), "config-accepted")]
[JsonDerivedType(typeof(BootstrapAsking), "bootstrap-asking")]
[JsonDerivedType(typeof(BootstrapDone), "bootstrap-done")]
[JsonDerivedType(typeof(NodeHealthy), "node-healthy")]
public record JournalEntry
{
    /// <summary>Set by the journal when the entry is appended.</summary>
    public DateTimeOffset At { get; init; }
}

/// <param name="BootNonce">32 random bytes as hex. It is written to the disk and asked back from the booted Talos.</param>
public sealed record RunStarted(string Node, int Server, string ImageSha256, string BootNonce) : JournalEntry;

/// <summary>A process began, or went on with, the run.</summary>
/// <param name="AllowDataLoss">Serials the operator gave; null for none. So are the others.</param>
/// <param name="Plan">Hash, or its beginning, as the operator gave it.</param>
public sealed record AttemptStarted(int ProcessId, IReadOnlyList<string>? AllowDataLoss = null, IReadOnlyList<string>? Neutralise = null, string? Plan = null) : JournalEntry
{
    public static AttemptStarted With(RunOptions options) => new(
        Environment.ProcessId,
        options.AllowDataLoss.Count > 0 ? options.AllowDataLoss : null,
        options.Neutralise.Count > 0 ? options.Neutralise : null,
        options.Plan?.ToString());
}

/// <param name="Code">Name of a failure code, or <c>ok</c>. Missing when the process was killed.</param>
public sealed record AttemptEnded(string Code) : JournalEntry;

/// <param name="PreviousBootTime">Robot's <c>boot_time</c> of the rescue before, as Robot spells it: a rescue is new when this changed.</param>
public sealed record RescueArming(string? PreviousBootTime) : JournalEntry;

/// <param name="Purpose"><c>rescue</c> or <c>disk</c>: what the machine is meant to boot.</param>
/// <param name="Because">Why this button and no other: see <see cref="Escalation.ResetLadder"/>.</param>
public sealed record ResetPressing(string Type, string Purpose, string? Because = null) : JournalEntry;

public sealed record ResetPressed : JournalEntry;

/// <summary>It is certain that nothing was pressed.</summary>
public sealed record ResetRefused(string Because) : JournalEntry;

/// <summary>The last press did not lead to what it was for; the next rung follows.</summary>
/// <param name="Seen">What was there when its time was over.</param>
public sealed record ResetInVain(string Seen) : JournalEntry;

public sealed record RescueProven(string BootId, IReadOnlyList<string> MacAddresses, string? SystemUuid) : JournalEntry;

public sealed record DataLossAllowed(string Serial) : JournalEntry;

/// <summary>
/// Bytes of a disk that is not written to are about to be replaced. This line is their only copy: each change has its place on
/// the disk in bytes, and what was and what will be there as base64. Writing <c>before</c> back at its place undoes it.
/// </summary>
/// <param name="StateHash"><see cref="DiskState.Hash"/> of the disk as it was.</param>
public sealed record NeutraliseStarting(DiskIdentity Disk, string StateHash, IReadOnlyList<ByteChange> Changes) : JournalEntry;

public sealed record NeutraliseDone(DiskIdentity Disk) : JournalEntry;

/// <summary>What an earlier attempt began cannot be completed: the disk is gone, or somebody else wrote there.</summary>
public sealed record NeutraliseGivenUp(DiskIdentity Disk, string Because) : JournalEntry;

/// <summary>Neutralising made another plan of the one that was decided; nothing else differs between the two.</summary>
public sealed record PlanSucceeded(string PlanHash, string Successor) : JournalEntry;

/// <param name="OthersHash">The plan hash without the contents of the written disk, which change from here on.</param>
/// <param name="Job">The agent's job that writes. It outlives this process and its connection.</param>
/// <param name="BootId">Of the rescue system in whose memory the job lives.</param>
public sealed record WriteStarting(DiskIdentity Disk, string PlanHash, string? OthersHash = null, string? Job = null, string? BootId = null) : JournalEntry;

/// <summary>The job that an earlier connection began was found at work, and is listened to again.</summary>
public sealed record WriteRejoined(string Job) : JournalEntry;

/// <summary>What was on the disk where it is wiped now lies in a file beside this journal.</summary>
public sealed record WipedBytesKept(DiskIdentity Disk, string File, int Pieces, long Bytes) : JournalEntry;

/// <param name="Rates">How fast it went, for whoever wonders later whether the disk was well.</param>
/// <param name="Unwatched">The agent had ended before anybody asked again; what happened to the disk since is not known.</param>
public sealed record WriteDone(DiskIdentity Disk, long WrittenBytes, string ContentDigest, string? ChunkMarks = null, IReadOnlyList<StepRates>? Rates = null, bool Unwatched = false) : JournalEntry;

/// <summary>The disk no longer holds what was written.</summary>
public sealed record WrittenImageLost(string Difference) : JournalEntry;

/// <param name="BootId">Of the rescue system that is asked to reboot.</param>
public sealed record RebootAsking(string BootId) : JournalEntry;

public sealed record MaintenanceProven : JournalEntry;

/// <param name="ConfigSha256">Of the machine config as sent.</param>
public sealed record ConfigSending(string ConfigSha256) : JournalEntry;

public sealed record ConfigAccepted : JournalEntry;

public sealed record BootstrapAsking : JournalEntry;

/// <param name="Outcome"><c>accepted</c> or <c>already-exists</c>.</param>
public sealed record BootstrapDone(string Outcome) : JournalEntry;

/// <summary>Ends the run: a later <c>provision</c> begins a new one.</summary>
public sealed record NodeHealthy : JournalEntry;
