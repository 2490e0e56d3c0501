using System.Runtime.ExceptionServices;

namespace Kronform.Provision.Agent.Imaging;

/// <summary>Stages that block belong on threads of their own; the first that fails stops the others and is the one reported.</summary>
internal static class Threads
{
    public static Task Run(Action body, CancellationTokenSource stop) => Task.Factory.StartNew(
        () =>
        {
            try
            {
                body();
            }
            catch
            {
                stop.Cancel();
                throw;
            }
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public static async Task AllAsync(Task[] stages, CancellationToken cancellation)
    {
        try
        {
            await Task.WhenAll(stages);
        }
        catch (Exception)
        {
            // The others were stopped by the one that failed: their cancellations are no news.
            var cause = stages.SelectMany(stage => stage.Exception?.InnerExceptions ?? Enumerable.Empty<Exception>())
                .FirstOrDefault(failure => failure is not OperationCanceledException);
            if (cause is not null) ExceptionDispatchInfo.Throw(cause);
            cancellation.ThrowIfCancellationRequested();
            throw;
        }
    }
}
