namespace Kronform.Provision.Agent.Imaging.Http;

/// <summary>What one server said of the file; each server has its own marks for the same bytes.</summary>
/// <param name="ETag">As sent, with quotes and a weak one's <c>W/</c>.</param>
internal sealed record Entity(string? ETag, DateTimeOffset? LastModified);

/// <summary>The part of an answer that decides.</summary>
/// <param name="ContentLength">Of this body.</param>
/// <param name="RangeFrom">First byte of a <c>Content-Range</c> in bytes; null when there is none.</param>
/// <param name="RangeTotal">Its total; null for <c>*</c>.</param>
internal sealed record AnswerHead(int Status, Entity Entity, long? ContentLength = null, long? RangeFrom = null, long? RangeTotal = null)
{
    /// <summary>Of the whole file, when the answer tells.</summary>
    public long? TotalBytes => Status == 206 ? RangeTotal : ContentLength;
}

/// <summary>What to do with an answer. <see cref="Refusal"/> is null when its body is wanted.</summary>
/// <param name="SkipBytes">At the body's start, which were taken before.</param>
/// <param name="AskAgain">Whether the same place may answer better later.</param>
internal sealed record RangeVerdict(long SkipBytes, string? Refusal = null, bool AskAgain = false);

/// <summary>
/// Decides whether an answer continues the file at the byte where it broke off (RFC 9110, 13.1.5 and 14.4). Pure.
/// A server need not honour a range: one that sends the whole file again is taken at its word when its marks or its length show
/// that it is the file from before. What is joined here wrongly would not pass the digest over all of it; this is to fail
/// early and with the right words.
/// </summary>
internal static class RangeAnswer
{
    /// <param name="position">Bytes that were taken already; without any no range was asked for.</param>
    /// <param name="seen">What this server said before; null when it was not asked yet.</param>
    /// <param name="total">Of the whole file, as ordered or first announced; null when unknown.</param>
    public static RangeVerdict Judge(AnswerHead answer, long position, Entity? seen, long? total)
    {
        switch (answer.Status)
        {
            case 200 or 206:
                break;
            case 416:
                return new RangeVerdict(0, $"it changed while it was fetched: there is nothing at byte {position} any more");
            case 408 or 425 or 429 or >= 500:
                return new RangeVerdict(0, $"the server answered {answer.Status}", AskAgain: true);
            case >= 300 and < 400:
                return new RangeVerdict(0, $"the server answered {answer.Status}, a redirect that cannot be followed (none leads from https to http)");
            default:
                return new RangeVerdict(0, $"the server answered {answer.Status}");
        }

        if (Changed(answer, seen) is { } how) return new RangeVerdict(0, $"it changed while it was fetched: {how}");
        if (answer.TotalBytes is { } announced && total is { } expected && announced != expected)
            return new RangeVerdict(0, seen is null
                ? $"the server has {announced} bytes, {expected} were expected"
                : $"it changed while it was fetched: the server has {announced} bytes now, {expected} before");

        if (answer.Status == 206)
            return position > 0 && answer.RangeFrom == position
                ? new RangeVerdict(0)
                : new RangeVerdict(0, $"the server answered 206 with bytes from {answer.RangeFrom?.ToString() ?? "it does not say where"} when asked {(position == 0 ? "for the whole file" : $"from {position}")}");

        if (position > 0 && !ShownTheSame(answer, seen, total))
            return new RangeVerdict(0, "it cannot be continued: the server sends it from the start again, and neither ETag, date nor length tell whether it is the same");
        return new RangeVerdict(position);
    }

    private static string? Changed(AnswerHead answer, Entity? seen)
    {
        if (seen is { ETag: { } before } && answer.Entity.ETag is { } now && before != now) return $"its ETag was {before} and is {now}";
        if (seen is { LastModified: { } then } && answer.Entity.LastModified is { } modified && then != modified) return $"its date was {then:R} and is {modified:R}";
        return null;
    }

    private static bool ShownTheSame(AnswerHead answer, Entity? seen, long? total) =>
        (total is not null && answer.TotalBytes is not null)
        || (seen is { ETag: not null } && answer.Entity.ETag is not null)
        || (seen is { LastModified: not null } && answer.Entity.LastModified is not null);
}
