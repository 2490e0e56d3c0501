namespace Kronform.Provision.Agent.Watching;

/// <summary>A request that a disk has not answered yet.</summary>
/// <param name="Disk">Kernel name.</param>
/// <param name="Kind"><c>read</c>, <c>write</c>, <c>zero</c>, <c>flush</c> and the like.</param>
/// <param name="Age">Since it was made.</param>
internal sealed record DeviceRequest(string Disk, string Kind, long Offset, long Length, TimeSpan Age);

/// <summary>A run at one moment, as far as it tells why nothing moves.</summary>
internal sealed record VitalSigns
{
    /// <summary>How long the oldest event has been waiting for a reader; null when none does.</summary>
    public TimeSpan? Unread { get; init; }

    /// <summary>How long the next byte from the source has been awaited; null when it is not, or all came.</summary>
    public TimeSpan? SourceWait { get; init; }

    /// <summary>The source asks again by itself, and gives up by itself.</summary>
    public bool SourceRetries { get; init; }

    public long BytesIn { get; init; }

    /// <summary>How long the decoder has been at work on what it has; null when it waits for more, or for memory, or is done.</summary>
    public TimeSpan? DecoderBusy { get; init; }

    /// <summary>Null when the image has not begun.</summary>
    public int? FreeBlocks { get; init; }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<DeviceRequest> UnderWay { get; init; } = [];

    /// <summary>Since any request was answered.</summary>
    public TimeSpan SinceAnswer { get; init; }

    /// <summary>How long there has been a request under way at every moment.</summary>
    public TimeSpan DeviceBusyFor { get; init; }

    /// <summary>What the disks answered lately; null when that is not known yet.</summary>
    public long? BytesPerSecond { get; init; }
}

internal enum StallKind
{
    None,
    EventsNotRead,
    DeviceNotCompleting,
    SourceIdle,
    DecoderBusy,
    DeviceSlow,
}

/// <param name="Evidence">A sentence without its full stop; empty when nothing is wrong.</param>
/// <param name="Lasted">Of the very thing that the evidence names.</param>
/// <param name="Disk">Kernel name, when a disk is the cause.</param>
internal sealed record Stall(StallKind Kind, string Evidence, TimeSpan Lasted, string? Disk = null)
{
    public static Stall None { get; } = new(StallKind.None, "", TimeSpan.Zero);
}

/// <summary>
/// Says from the evidence which stage holds up all others. Stages wait for each other, so the one that waits for nobody in this
/// process is the cause: a reader of our events, a disk, the source, and only then the decoder. A disk that answers, however
/// slowly, is slow and never dead. Pure.
/// </summary>
internal static class StallDiagnosis
{
    /// <summary>Shorter pauses are normal: a disk spins up or recovers a sector, a mirror fetches the file itself.</summary>
    public static readonly TimeSpan Noticed = TimeSpan.FromSeconds(10);

    /// <summary>Less from a disk that is always busy is worth a word; a worn USB stick or a dying disk is like this.</summary>
    public const long SlowBytesPerSecond = 10_000_000;

    public static Stall Of(VitalSigns signs)
    {
        if (signs.Unread is { } unread && unread >= Noticed)
            return new Stall(StallKind.EventsNotRead, $"nobody has read the agent's events for {Seconds(unread)}", unread);

        if (signs.UnderWay is [var oldest, ..] && oldest.Age >= Noticed)
            return new Stall(StallKind.DeviceNotCompleting,
                $"{oldest.Disk} has not answered {Describe(oldest)} for {Seconds(oldest.Age)} ({Count(signs.UnderWay.Count)} under way, the last answer came {Seconds(signs.SinceAnswer)} ago)",
                oldest.Age, oldest.Disk);

        if (signs.SourceWait is { } silent && silent >= Noticed)
            return new Stall(StallKind.SourceIdle,
                $"no byte of the image has come for {Seconds(silent)}, after {signs.BytesIn} bytes ({(signs.UnderWay.Count == 0 ? "the disk has nothing to do" : $"{Count(signs.UnderWay.Count)} under way at the disk")})",
                silent);

        if (signs.DecoderBusy is { } busy && busy >= Noticed)
            return new Stall(StallKind.DecoderBusy,
                $"the decoder has worked for {Seconds(busy)} without result, though it does not wait for the source or the disk: the processor is too slow or taken", busy);

        if (signs.DeviceBusyFor >= Noticed && signs.BytesPerSecond is < SlowBytesPerSecond and var rate && signs.UnderWay is [var any, ..])
            return new Stall(StallKind.DeviceSlow,
                $"{any.Disk} is slow: {FormattableString.Invariant($"{rate / 1e6:0.0}")} MB/s over the last {Noticed.TotalSeconds:0} s, but it answers{(signs.FreeBlocks is { } free ? $" ({free} blocks of memory free)" : "")}",
                signs.DeviceBusyFor, any.Disk);

        return Stall.None;
    }

    private static string Describe(DeviceRequest request) => request.Length == 0
        ? $"a {request.Kind}"
        : $"a {request.Kind} of {request.Length} bytes at byte {request.Offset}";

    private static string Count(int requests) => requests == 1 ? "1 request" : $"{requests} requests";

    private static string Seconds(TimeSpan time) => $"{(long)time.TotalSeconds} s";
}
