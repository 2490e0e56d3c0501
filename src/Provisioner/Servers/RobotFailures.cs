using System.Text.Json;
using Kronform.Provision.Failures;
using Kronform.Provision.Servers.Budgets;

namespace Kronform.Provision.Servers;

/// <param name="Status">HTTP status.</param>
/// <param name="Body">May hold a rescue password: never quoted anywhere.</param>
internal sealed record RobotReply(int Status, string Body)
{
    public bool IsSuccess => Status is >= 200 and <= 299;
}

/// <summary>From what Robot answered, or did not, to the exception that says so. Pure.</summary>
internal static class RobotFailures
{
    /// <summary>Null for a success.</summary>
    /// <param name="attempt">What was being attempted, as the start of a sentence.</param>
    public static RobotException? Refusal(string attempt, RobotReply reply)
    {
        if (reply.IsSuccess)
            return null;

        var error = Error(reply.Body);
        var code = error.Text("code");
        return new RobotException(Meaning(reply.Status, code), $"{attempt}: {Sentence(reply.Status, code, error)}")
        {
            Status = reply.Status,
            RobotCode = code,
            IsTransient = code == RobotCodes.RateLimitExceeded || IsOurLuck(reply.Status),
            // A *_FAILED code and the 503 of a maintenance are Robot's word that nothing was done. Other server errors are nobody's word.
            MayHaveHappened = reply.Status >= 500 && reply.Status != 503 && code?.EndsWith("_FAILED", StringComparison.Ordinal) != true,
            RetryAfter = code == RobotCodes.RateLimitExceeded && error.Number("interval") is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };
    }

    /// <summary>A success whose body is not what was asked for.</summary>
    public static RobotException Misunderstood(string attempt, RobotReply reply, RobotFormatException cause) => new(
        cause.IsJson ? FailureCode.RobotRefused : FailureCode.RobotUnavailable,
        $"{attempt}: Robot answered {reply.Status}, but {cause.Message}",
        cause)
    {
        Status = reply.Status,
        // A page instead of JSON comes from something in front of Robot; JSON of another shape will have it next time too.
        IsTransient = !cause.IsJson,
        MayHaveHappened = true,
    };

    public static RobotException NoAnswer(string attempt, bool wasSent, Exception cause) => new(
        FailureCode.RobotUnavailable,
        wasSent ? $"{attempt}: no answer came from Robot" : $"{attempt}: Robot could not be reached",
        cause)
    {
        IsTransient = true,
        MayHaveHappened = wasSent,
    };

    public static RobotException NotSentAfterRefusal(string attempt) => new(
        FailureCode.RobotUnauthorized,
        $"{attempt}: not sent, because Robot has refused the user name or password and blocks an address after three failures");

    /// <summary>Robot was not asked, since it would have said no, or another user of the account would be told so.</summary>
    public static RobotException NotSentForBudget(string attempt, BudgetDecision.Stop stop, DateTimeOffset now) => new(
        FailureCode.RobotRateLimited,
        $"{attempt}: not sent, because {stop.Because}; there is room again at {BudgetDecision.Clock(stop.Back)}")
    {
        IsTransient = true,
        RetryAfter = stop.Back - now,
    };

    private static FailureCode Meaning(int status, string? code) => (status, code) switch
    {
        (401, _) => FailureCode.RobotUnauthorized,
        // 403 alone is not the rate limit: it has been seen for other reasons.
        (_, RobotCodes.RateLimitExceeded) => FailureCode.RobotRateLimited,
        (_, RobotCodes.ServerNotFound) => FailureCode.RobotServerNotFound,
        _ when IsOurLuck(status) => FailureCode.RobotUnavailable,
        _ => FailureCode.RobotRefused,
    };

    private static bool IsOurLuck(int status) => status is 408 or >= 500;

    private static string Sentence(int status, string? code, JsonElement error)
    {
        if (status == 401)
            return "Robot refused the user name or password";

        var sentence = $"Robot answered {status}" + (code is null ? "" : $" {Printable(code)}");
        if (error.Text("message") is { } message)
            sentence += $" ({Printable(message)})";
        foreach (var list in new[] { "missing", "invalid" })
        {
            if (error.Texts(list) is { Count: > 0 } names)
                sentence += $"; {list}: {Printable(string.Join(", ", names))}";
        }

        if (status == 403 && code is null)
            sentence += "; an address is blocked for ten minutes after three failed logins";
        return sentence;
    }

    private static string Printable(string text) =>
        new([.. text.Take(200).Select(c => char.IsControl(c) ? ' ' : c)]);

    /// <summary>Error bodies of a 401, a 503 or a proxy need not be JSON; then there is simply nothing to read in them.</summary>
    private static JsonElement Error(string body)
    {
        try
        {
            return JsonElement.Parse(body).Member("error");
        }
        catch (JsonException)
        {
            return default;
        }
    }
}
