namespace Kronform.Provision.Failures;

/// <summary>
/// A failure on its way to the operator. The message says what was being attempted and what is still true; the cause goes into
/// the inner exception, never into the text.
/// </summary>
public class ProvisionException(FailureCode code, string message, string? remedy = null, Exception? cause = null)
    : Exception(message, cause)
{
    public FailureCode Code { get; } = code;

    /// <summary>What to do about it, one sentence; null when runbook.md says it better.</summary>
    public string? Remedy { get; } = remedy;
}
