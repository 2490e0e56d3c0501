namespace Kronform.Provision.Contract.Tests.Talos;

/// <summary>Waits on state: looks again until it is as wanted, and says what it last was when that never comes.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static async Task<T> Async<T>(string what, Func<Task<T>> look, Func<T, bool> isWanted)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            object last;
            try
            {
                var state = await look();
                if (isWanted(state))
                    return state;
                last = state!;
            }
            catch (Kronform.Provision.Talos.TalosRpcException e)
            {
                last = e.Message;
            }

            if (TimeProvider.System.GetElapsedTime(started) > Patience)
                throw new TimeoutException($"Waiting for {what}: still {last} after {Patience.TotalSeconds} s.");
            await Task.Delay(Pause, TimeProvider.System, Xunit.TestContext.Current.CancellationToken);
        }
    }
}
