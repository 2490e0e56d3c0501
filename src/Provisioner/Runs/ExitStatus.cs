namespace Kronform.Provision.Runs;

/// <summary>What the process will exit with; set once by the worker.</summary>
public sealed class ExitStatus
{
    public int Code { get; set; } = Failures.FailureCode.Cancelled.ExitCode;
}
