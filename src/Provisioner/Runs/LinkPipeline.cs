using Kronform.Provision.Failures;
using Kronform.Provision.Ssh;
using Polly;
using Polly.Retry;

namespace Kronform.Provision.Runs;

/// <summary>
/// The link to the agent in the rescue system. What is repeated is not the interrupted action but the loop around it, which looks
/// first and decides anew.
/// </summary>
public static class LinkPipeline
{
    /// <summary>
    /// Interruptions that one attempt forgives, of both kinds together: a cable that blinks is no reason to wake anybody, and a
    /// disk may be held for moments.
    /// </summary>
    public const int MostInterruptions = 6;

    /// <summary>The next look opens a new connection; a switch port that comes back needs about so long.</summary>
    private static readonly TimeSpan LinkPause = TimeSpan.FromSeconds(1);

    /// <summary>udev or a tool of the rescue system may hold a disk for moments.</summary>
    private static readonly TimeSpan BusyPause = TimeSpan.FromSeconds(6);

    /// <param name="loop">Observes, decides and acts until the node is healthy; begins with a look whenever it is called.</param>
    /// <exception cref="ProvisionException"><see cref="FailureCode.RescueLinkLost"/> when the link was lost too often.</exception>
    public static async Task<string> RunAsync(NodeContext context, NodeObserver observer, Func<Task<string>> loop, CancellationToken cancellation)
    {
        int lostLinks = 0;
        var pipeline = Create(context.Services.Time, async interruption =>
        {
            if (interruption is not SshException)
            {
                context.Note($"{interruption.Message} Trying again");
                return;
            }

            lostLinks++;
            context.Note($"lost the connection to the rescue system ({interruption.Message}); looking again");
            await observer.ForgetSessionAsync();
        });
        try
        {
            return await pipeline.ExecuteAsync(async _ => await loop(), cancellation);
        }
        catch (SshException e)
        {
            throw new ProvisionException(FailureCode.RescueLinkLost, $"The connection to the rescue system was lost {lostLinks + 1} times", "An image that the server fetches itself goes on being written without us; a disk under work has no partition table until it is complete. Run again to go on.", e);
        }
    }

    public static ResiliencePipeline Create(TimeProvider time, Func<Exception, ValueTask> onInterrupted) => new ResiliencePipelineBuilder { Name = "agent-link", TimeProvider = time }
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = MostInterruptions,
            DelayGenerator = interrupted => ValueTask.FromResult<TimeSpan?>(interrupted.Outcome.Exception is SshException ? LinkPause : BusyPause),
            OnRetry = interrupted => onInterrupted(interrupted.Outcome.Exception!),
            ShouldHandle = outcome => ValueTask.FromResult(outcome.Outcome.Exception switch
            {
                SshException e => e.Failure is SshFailure.Refused or SshFailure.Unreachable or SshFailure.ConnectionLost,
                ProvisionException e => e.Code == FailureCode.DiskBusy,
                _ => false,
            }),
        })
        .Build();
}
