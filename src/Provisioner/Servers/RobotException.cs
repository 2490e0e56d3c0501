using Kronform.Provision.Failures;

namespace Kronform.Provision.Servers;

/// <summary>Robot said no, or nothing. The message says what was being attempted and what Robot answered.</summary>
public sealed class RobotException(FailureCode code, string message, Exception? cause = null) : Exception(message, cause)
{
    public FailureCode Code { get; } = code;

    /// <summary>HTTP status; null when there was no answer.</summary>
    public int? Status { get; init; }

    /// <summary>Robot's own code, an open set; null when the body held none. See <see cref="RobotCodes"/>.</summary>
    public string? RobotCode { get; init; }

    /// <summary>The same request may succeed later without anybody changing anything.</summary>
    public bool IsTransient { get; init; }

    /// <summary>
    /// Whether the request may have been carried out although it failed: it was sent and its reply was lost or made no sense.
    /// False also when Robot itself says that the action failed.
    /// </summary>
    public bool MayHaveHappened { get; init; }

    /// <summary>The window of an exceeded rate limit: after this time the whole budget is back.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>The codes this program acts on.</summary>
public static class RobotCodes
{
    public const string InvalidInput = "INVALID_INPUT";
    public const string NotFound = "NOT_FOUND";
    public const string ServerNotFound = "SERVER_NOT_FOUND";
    public const string RateLimitExceeded = "RATE_LIMIT_EXCEEDED";
    public const string ResetFailed = "RESET_FAILED";
    public const string ResetManualActive = "RESET_MANUAL_ACTIVE";
    public const string BootNotAvailable = "BOOT_NOT_AVAILABLE";
    public const string BootAlreadyEnabled = "BOOT_ALREADY_ENABLED";
    public const string BootBlocked = "BOOT_BLOCKED";
    public const string KeyAlreadyExists = "KEY_ALREADY_EXISTS";
    public const string FirewallNotAvailable = "FIREWALL_NOT_AVAILABLE";
}
