namespace Kronform.Provision.Servers.Budgets;

/// <summary>Whether a call may go out now.</summary>
public abstract record BudgetDecision
{
    /// <summary>
    /// Longer than this nobody is kept waiting without a word: a run that stops and says when to come back is of more use than one
    /// that seems to hang. Shorter waits are what a budget that is used evenly asks for.
    /// </summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(2);

    public sealed record Go : BudgetDecision;

    /// <summary>Until there is room; then ask again, since others may have taken it.</summary>
    public sealed record Wait(TimeSpan For) : BudgetDecision;

    /// <param name="Back">When there is room again.</param>
    /// <param name="Because">For the operator.</param>
    public sealed record Stop(DateTimeOffset Back, string Because) : BudgetDecision;

    /// <summary>
    /// Pure. How Robot counts (a window that slides, or one that begins with its first call) is not documented: what stays within the
    /// limit in every window of an hour stays within it either way.
    /// </summary>
    /// <param name="mayUseReserve">The call ends something that must not be left open.</param>
    /// <param name="waited">How long this call has waited already.</param>
    public static BudgetDecision Of(CallLimit limit, EndpointUse use, DateTimeOffset now, bool mayUseReserve = false, TimeSpan waited = default)
    {
        var told = use.ExhaustedNow(now);
        int allowed = limit.Calls - (mayUseReserve ? 0 : limit.Reserve);
        var free = use.FreeAt(allowed, limit.Window, now);
        var back = told > free ? told.Value : free;
        if (back <= now) return new Go();
        if (waited + (back - now) <= LongestWait) return new Wait(back - now);
        return new Stop(back, told >= free
            ? $"Robot said at {Clock(use.ExhaustedAt!.Value)} that the limit for {limit.Paths} is used up"
            : $"this machine has made {use.CallsIn(limit.Window, now)} of the {limit.Calls} calls that Robot allows in {Minutes(limit.Window)} for {limit.Paths}{(mayUseReserve ? "" : $", and {limit.Reserve} are kept for others")}");
    }

    /// <summary>A time of day, for the operator.</summary>
    public static string Clock(DateTimeOffset at) => $"{at.UtcDateTime:HH:mm:ss} UTC";

    private static string Minutes(TimeSpan window) => $"{window.TotalMinutes:0} minutes";
}
