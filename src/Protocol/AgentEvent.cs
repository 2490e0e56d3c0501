using System.Text.Json.Serialization;

namespace Kronform.Provision.Protocol;

/// <summary>
/// One line of the agent's standard output. Every run ends with exactly one terminal event (<see cref="InventoryTaken"/>,
/// <see cref="ImageWritten"/>, <see cref="DiskVerified"/>, <see cref="NeutraliseProposed"/>, <see cref="DiskNeutralised"/>,
/// <see cref="JobsListed"/> or <see cref="AgentFailed"/>) and nothing after it; no terminal event
/// means that the agent or the line died. A kind that the reader does not know is read as this base record.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind", IgnoreUnrecognizedTypeDiscriminators = true)]
[JsonDerivedType(typeof(AgentStarted), "started")]
[JsonDerivedType(typeof(AgentStep), "step")]
[JsonDerivedType(typeof(AgentProgress), "progress")]
[JsonDerivedType(typeof(AgentWarning), "warning")]
[JsonDerivedType(typeof(BytesSaved), "bytes-saved")]
[JsonDerivedType(typeof(SavingDone), "saving-done")]
[JsonDerivedType(typeof(AgentRates), "rates")]
[JsonDerivedType(typeof(InventoryTaken), "inventory-taken")]
[JsonDerivedType(typeof(ImageWritten), "image-written")]
[JsonDerivedType(typeof(DiskVerified), "disk-verified")]
[JsonDerivedType(typeof(NeutraliseProposed), "neutralise-proposed")]
[JsonDerivedType(typeof(DiskNeutralised), "disk-neutralised")]
[JsonDerivedType(typeof(JobsListed), "jobs-listed")]
[JsonDerivedType(typeof(AgentFailed), "failed")]
public record AgentEvent
{
    /// <summary>Counts from 1 without gaps.</summary>
    public int Index { get; init; }

    /// <summary>Milliseconds since the agent started, by its monotonic clock; its wall clock is not to be trusted.</summary>
    public long ElapsedMs { get; init; }

    [JsonIgnore]
    public bool IsTerminal => this is InventoryTaken or ImageWritten or DiskVerified or NeutraliseProposed or DiskNeutralised or JobsListed or AgentFailed;
}

public sealed record AgentStarted : AgentEvent
{
    /// <summary>Raised when an older reader could misunderstand a newer agent.</summary>
    public const int CurrentProtocol = 1;

    public required int Protocol { get; init; }

    public required string AgentVersion { get; init; }

    public required string Command { get; init; }
}

/// <summary>A step began. <see cref="Step"/> is one of <see cref="AgentSteps"/>.</summary>
public sealed record AgentStep : AgentEvent
{
    public required string Step { get; init; }

    /// <summary>The sentence an operator sees, as a present participle.</summary>
    public required string Description { get; init; }
}

public static class AgentSteps
{
    public const string Settle = "settle";
    public const string Inspect = "inspect";
    public const string Hold = "hold";
    public const string Save = "save";
    public const string Wipe = "wipe";
    public const string Write = "write";
    public const string ReadBack = "read-back";
    public const string Commit = "commit";
}

/// <summary>Where a step is. Only the newest matters; losing some is harmless.</summary>
public sealed record AgentProgress : AgentEvent
{
    public required string Step { get; init; }

    /// <summary>Bytes taken from the source (compressed).</summary>
    public required long BytesIn { get; init; }

    /// <summary>Bytes written to, or read back from, the disk.</summary>
    public required long BytesOut { get; init; }

    /// <summary>Final value of <see cref="BytesIn"/> while writing, of <see cref="BytesOut"/> while reading back; null when unknown.</summary>
    public long? TotalBytes { get; init; }

    /// <summary>How fast <see cref="BytesOut"/> grew over the last five seconds; null in an agent that does not say.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>Until <see cref="TotalBytes"/> is reached, at this step's mean pace; null when unknown or while nothing moves.</summary>
    public long? EtaSeconds { get; init; }
}

/// <summary>How fast a run was, told before a failure; a run that succeeds has it in <see cref="ImageWritten.Rates"/>.</summary>
public sealed record AgentRates : AgentEvent
{
    public required IReadOnlyList<StepRates> Steps { get; init; }
}

/// <summary>One step's speed over its time, in at most 240 values.</summary>
/// <param name="Step">One of <see cref="AgentSteps"/>.</param>
/// <param name="SecondsPerValue">1, or the power of two that a long step needed. The last value may cover less time.</param>
/// <param name="BytesPerSecond">Bytes to or from the disk per second, one value after the other from the step's start.</param>
public sealed record StepRates(string Step, int SecondsPerValue, IReadOnlyList<long> BytesPerSecond);

public sealed record AgentWarning : AgentEvent
{
    public required string Message { get; init; }
}

/// <summary>A piece of the disk as it is before the wiping; pieces of zeros are left out.</summary>
public sealed record BytesSaved : AgentEvent
{
    public required long OffsetBytes { get; init; }

    public required int LengthBytes { get; init; }

    /// <summary>The bytes, compressed by gzip.</summary>
    public required byte[] Gzip { get; init; }
}

/// <summary>All pieces were sent. The agent wipes when standard input says <see cref="WriteOrder.SavedAnswer"/>.</summary>
public sealed record SavingDone : AgentEvent
{
    public required int Pieces { get; init; }

    public required long Bytes { get; init; }
}

public sealed record InventoryTaken : AgentEvent
{
    public required HostInventory Inventory { get; init; }
}

/// <summary>The image is on the disk, read back and equal, and the disk has its first MiB: it may be booted.</summary>
public sealed record ImageWritten : AgentEvent
{
    public required DiskIdentity Disk { get; init; }

    /// <summary>Kernel name at the time, for people.</summary>
    public required string DeviceName { get; init; }

    public required long WrittenBytes { get; init; }

    /// <summary>Digest of the first <see cref="WrittenBytes"/> of the disk as read back, boot nonce included: SHA-256, lower-case hex, over the digests of its chunks.</summary>
    public required string ContentDigest { get; init; }

    /// <summary>The first bytes of each chunk's digest, base64; they tell which chunk differs when the whole does.</summary>
    public string? ChunkMarks { get; init; }

    /// <summary>SHA-256 of the transferred file, equal to the order's.</summary>
    public required string SourceSha256 { get; init; }

    /// <summary>Of <see cref="WrittenBytes"/>, those that were on the disk already and were left alone.</summary>
    public long ReusedBytes { get; init; }

    /// <summary>The partition names found in the table after the kernel read it again.</summary>
    public required IReadOnlyList<string> PartitionLabels { get; init; }

    /// <summary>How fast writing and reading back were, second by second.</summary>
    public IReadOnlyList<StepRates> Rates { get; init; } = [];
}

public sealed record DiskVerified : AgentEvent
{
    public required DiskIdentity Disk { get; init; }

    public required bool Equal { get; init; }

    /// <summary>What differed, when it did.</summary>
    public string? Difference { get; init; }
}

/// <summary>What a <see cref="NeutraliseOrder"/> would change; nothing was changed. Empty when there is nothing to take away.</summary>
public sealed record NeutraliseProposed : AgentEvent
{
    public required IReadOnlyList<ByteChange> Changes { get; init; }
}

/// <summary>The ordered changes are on the disk, flushed and read back; the kernel was told.</summary>
public sealed record DiskNeutralised : AgentEvent
{
    public required DiskIdentity Disk { get; init; }
}

/// <summary>The run failed. Says what was tried, the causes outermost first, and what is true of the disk now.</summary>
public sealed record AgentFailed : AgentEvent
{
    /// <summary>One of <see cref="AgentFailureCodes"/>.</summary>
    public required string Code { get; init; }

    public required string Message { get; init; }

    public IReadOnlyList<string> Causes { get; init; } = [];

    /// <summary><c>untouched</c>, <c>without-table</c> (wiped or partly written; will not boot) <c>partly-changed</c> (by neutralise) or <c>unknown</c>.</summary>
    public required string DiskState { get; init; }
}
