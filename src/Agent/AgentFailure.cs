namespace Kronform.Provision.Agent;

/// <summary>
/// The run cannot go on. The message says what was being attempted; what the kernel or a library said is the inner exception.
/// </summary>
/// <param name="code">One of <see cref="Protocol.AgentFailureCodes"/>.</param>
internal sealed class AgentFailure(string code, string message, Exception? cause = null) : Exception(message, cause)
{
    public string Code { get; } = code;
}
