using System.Diagnostics;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Ssh;

/// <summary>Waiting for a state, with the last one seen in the failure.</summary>
internal static class Until
{
    public static async Task HoldsAsync(string what, Func<bool> holds, Func<string> state, double seconds = 10)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!holds())
        {
            if (TimeProvider.System.GetElapsedTime(started).TotalSeconds > seconds)
                Assert.Fail($"{what}: not within {seconds} s. Last seen: {state()}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
