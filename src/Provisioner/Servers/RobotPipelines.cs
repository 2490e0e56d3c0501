using Kronform.Provision.Failures;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Kronform.Provision.Servers;

/// <summary>
/// How each kind of call is limited and repeated. What is never repeated by any of them: a 401 (three of them block the address),
/// a used-up rate limit (up to an hour; the run decides whether to wait), and every other refusal.
/// </summary>
/// <param name="Reads">GET. Changes nothing, so anything transient is repeated.</param>
/// <param name="Writes">Arming, disarming, keys: done twice they are as if done once, so also a lost reply is repeated.</param>
/// <param name="Presses">Reset buttons. Only repeated when it is certain that nothing was pressed.</param>
/// <param name="Attempt">
/// One try of any of them, without the wait for room in the account's limits before it: see <see cref="Budgets.RobotBudget"/>.
/// </param>
public sealed record RobotPipelines(ResiliencePipeline Reads, ResiliencePipeline Writes, ResiliencePipeline Presses, ResiliencePipeline Attempt)
{
    /// <summary>A write takes 2-3 s on a good day; 10 s was too tight for one peer, 30 s is what another settled on.</summary>
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    public static RobotPipelines Create(TimeProvider time, ILogger logger) => new(
        // Handshake timeouts and short 5xx spells pass within 10 s or so; 2+4+8+15+15 s outlasts them, and five more requests
        // are nothing beside 200 an hour (servers) or 500 (the rest).
        Build("reads", time, logger, new RetryStrategyOptions
        {
            MaxRetryAttempts = 5,
            Delay = TimeSpan.FromSeconds(2),
            MaxDelay = TimeSpan.FromSeconds(15),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            ShouldHandle = outcome => ValueTask.FromResult(IsTransient(outcome.Outcome.Exception)),
        }),
        // The *_FAILED codes are actions that failed inside Hetzner and want a pause longer than the action itself. Fewer tries:
        // key writes have 200 an hour for the whole account.
        Build("writes", time, logger, new RetryStrategyOptions
        {
            MaxRetryAttempts = 3,
            Delay = TimeSpan.FromSeconds(4),
            MaxDelay = TimeSpan.FromSeconds(15),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            ShouldHandle = outcome => ValueTask.FromResult(IsTransient(outcome.Outcome.Exception)),
        }),
        // A second press on a machine that is already network-booting consumes its rescue and sends it to the disk. So only
        // RESET_FAILED, a 503 and a connection that never was are repeated, and just twice: presses have 50 an hour.
        Build("presses", time, logger, new RetryStrategyOptions
        {
            MaxRetryAttempts = 2,
            Delay = TimeSpan.FromSeconds(10),
            MaxDelay = TimeSpan.FromSeconds(15),
            BackoffType = DelayBackoffType.Constant,
            UseJitter = true,
            ShouldHandle = outcome => ValueTask.FromResult(
                outcome.Outcome.Exception is RobotException { MayHaveHappened: false } e && IsTransient(e)),
        }),
        new ResiliencePipelineBuilder { Name = "robot-attempt", TimeProvider = time }
            .AddTimeout(new TimeoutStrategyOptions { Timeout = CallTimeout })
            .Build());

    private static ResiliencePipeline Build(string name, TimeProvider time, ILogger logger, RetryStrategyOptions retry)
    {
        retry.OnRetry = retrying =>
        {
            logger.LogWarning("{Reason}; trying again in {Delay:0.0} s (attempt {Attempt} of the {Pipeline} pipeline failed)",
                retrying.Outcome.Exception?.Message, retrying.RetryDelay.TotalSeconds, retrying.AttemptNumber + 1, name);
            return ValueTask.CompletedTask;
        };
        return new ResiliencePipelineBuilder { Name = $"robot-{name}", TimeProvider = time }
            .AddRetry(retry)
            .Build();
    }

    private static bool IsTransient(Exception? failure) => failure switch
    {
        RobotException e => e.IsTransient && e.Code != FailureCode.RobotRateLimited,
        TimeoutRejectedException => true,
        _ => false,
    };
}
