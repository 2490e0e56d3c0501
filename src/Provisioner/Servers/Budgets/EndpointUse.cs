namespace Kronform.Provision.Servers.Budgets;

/// <param name="Minute">Begin of a minute, UTC.</param>
/// <param name="Calls">Sent in it.</param>
public sealed record MinuteCount(DateTimeOffset Minute, int Calls);

/// <summary>What this machine has asked of one group of calls, by the minute: an hour is at most 61 small entries.</summary>
public sealed record EndpointUse
{
    /// <summary>A clock that was set back leaves entries in the future; they say nothing any more.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<MinuteCount> Minutes { get; init; } = [];

    /// <summary>When Robot itself said that the limit is used up; null when it did not.</summary>
    public DateTimeOffset? ExhaustedAt { get; init; }

    public DateTimeOffset? ExhaustedUntil { get; init; }

    /// <summary>Calls that a window ending now may hold. A minute counts until the last call it can have seen has left the window.</summary>
    public int CallsIn(TimeSpan window, DateTimeOffset now) => Counting(window, now).Sum(m => m.Calls);

    /// <summary>When fewer than <paramref name="allowed"/> calls are left in the window; now when that is so.</summary>
    public DateTimeOffset FreeAt(int allowed, TimeSpan window, DateTimeOffset now)
    {
        int calls = CallsIn(window, now);
        if (calls < allowed) return now;
        foreach (var minute in Counting(window, now))
        {
            calls -= minute.Calls;
            if (calls < allowed) return Leaves(minute, window);
        }

        return now + window;
    }

    /// <summary>Until when Robot's own word holds; null when it does not.</summary>
    public DateTimeOffset? ExhaustedNow(DateTimeOffset now) =>
        ExhaustedUntil is { } until && until > now && ExhaustedAt <= now + ClockTolerance ? until : null;

    /// <summary>With one more call, and without what no window can hold any more.</summary>
    public EndpointUse Counted(TimeSpan window, DateTimeOffset now)
    {
        var minute = new DateTimeOffset(now.UtcTicks - now.UtcTicks % TimeSpan.TicksPerMinute, TimeSpan.Zero);
        var kept = Counting(window, now).ToList();
        if (kept.FindIndex(m => m.Minute == minute) is >= 0 and var at) kept[at] = kept[at] with { Calls = kept[at].Calls + 1 };
        else kept.Add(new MinuteCount(minute, 1));
        return this with { Minutes = [.. kept.OrderBy(m => m.Minute)] };
    }

    /// <summary>Both, where each may have seen what the other did not: never less than either.</summary>
    public EndpointUse Merged(EndpointUse other) => new()
    {
        Minutes = [.. Minutes.Concat(other.Minutes).GroupBy(m => m.Minute).Select(g => new MinuteCount(g.Key, g.Max(m => m.Calls))).OrderBy(m => m.Minute)],
        ExhaustedAt = other.ExhaustedUntil > ExhaustedUntil || ExhaustedUntil is null ? other.ExhaustedAt : ExhaustedAt,
        ExhaustedUntil = other.ExhaustedUntil > ExhaustedUntil || ExhaustedUntil is null ? other.ExhaustedUntil : ExhaustedUntil,
    };

    private IEnumerable<MinuteCount> Counting(TimeSpan window, DateTimeOffset now) =>
        Minutes.Where(m => Leaves(m, window) > now && m.Minute <= now + ClockTolerance);

    private static DateTimeOffset Leaves(MinuteCount minute, TimeSpan window) => minute.Minute + TimeSpan.FromMinutes(1) + window;
}
