using Kronform.Provision.Failures;
using Polly;
using Polly.Retry;

namespace Kronform.Provision.Ssh;

/// <summary>What is repeated of SSH. A refused key and a wrong host key never are: they do not change by asking again.</summary>
public static class SshPipelines
{
    /// <summary>
    /// Opening a connection to a port that was seen open a moment ago. sshd refuses and resets while it starts and when many log in at
    /// once (MaxStartups); two more tries a second apart outlast that, and a dry run, which looks only once, does not fail for it. Silence
    /// has cost the whole connect timeout already, so it is given one more try.
    /// </summary>
    public static ResiliencePipeline Opening(TimeProvider time) => new ResiliencePipelineBuilder { Name = "ssh-opening", TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = 2,
            Delay = TimeSpan.FromSeconds(1),
            BackoffType = DelayBackoffType.Constant,
            UseJitter = true,
            ShouldHandle = outcome => ValueTask.FromResult(outcome.Outcome.Exception is SshException e && (e.Failure switch
            {
                SshFailure.Refused or SshFailure.ConnectionLost => true,
                SshFailure.Unreachable => outcome.AttemptNumber == 0,
                _ => false,
            })),
        })
        .Build();

    /// <summary>
    /// The agent's way into the rescue system's memory: what did not arrive whole has no name there yet, so it may be sent again. A cut
    /// transfer looks like a clean end over there and is found by its digest. Two more tries: 15 MB each, and a rescue system
    /// that lacks memory or tools does not get them. A connection that is gone is the run's affair, which opens another.
    /// </summary>
    public static ResiliencePipeline Delivery(TimeProvider time) => new ResiliencePipelineBuilder { Name = "ssh-delivery", TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = 2,
            Delay = TimeSpan.FromSeconds(1),
            BackoffType = DelayBackoffType.Constant,
            ShouldHandle = outcome => ValueTask.FromResult(outcome.Outcome.Exception is ProvisionException { Code: var code } && code == FailureCode.AgentFailed),
        })
        .Build();
}
