using Polly;
using Polly.Retry;

namespace Kronform.Provision.Talos;

/// <summary>
/// Only questions are repeated. ApplyConfiguration, Bootstrap and Reboot go out once: when their answer is lost the run looks at the
/// node again and decides by what it finds, which a second order would blur.
/// </summary>
public static class TalosPipelines
{
    /// <summary>
    /// apid restarts and drains within a second, and a node that reconfigures its network drops a connection: two more tries in a
    /// second outlast both, and a dead node is still noticed as one, since a refusal comes at once. A deadline of ten seconds that
    /// passed is tried once more only: the run's loop asks again anyhow. Certificates that are not trusted are never asked again.
    /// </summary>
    public static ResiliencePipeline Questions(TimeProvider time) => new ResiliencePipelineBuilder { Name = "talos-questions", TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = 2,
            Delay = TimeSpan.FromSeconds(0.3),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            ShouldHandle = outcome => ValueTask.FromResult(outcome.Outcome.Exception is TalosRpcException e && (e.Code switch
            {
                GrpcCode.Unavailable => true,
                GrpcCode.DeadlineExceeded => outcome.AttemptNumber == 0,
                _ => false,
            })),
        })
        .Build();
}
