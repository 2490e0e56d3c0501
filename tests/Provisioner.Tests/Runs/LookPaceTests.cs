using Kronform.Provision.Runs;
using Kronform.Provision.Testing;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs;

public sealed class LookPaceTests
{
    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(200, 0.5)]
    [InlineData(400, 1)]
    [InlineData(1000, 2.5)]
    public void Many_that_wait_are_looked_at_less_often(int waiting, double seconds) => Assert.Equal(seconds, LookPace.Of(waiting).TotalSeconds);

    [Fact]
    public async Task Those_that_no_longer_wait_do_not_count()
    {
        var time = new ManualTime();
        var pace = new LookPace();
        using var stop = new CancellationTokenSource();
        Task[] many = [.. Enumerable.Range(0, 400).Select(_ => pace.PauseAsync(time, stop.Token))];
        var late = pace.PauseAsync(time, TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(0.6));
        Assert.False(late.IsCompleted);
        await stop.CancelAsync();
        await Task.WhenAll(many).ContinueWith(_ => { }, TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default);
        time.Advance(TimeSpan.FromSeconds(0.6));
        await late.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        var next = pace.PauseAsync(time, TestContext.Current.CancellationToken);
        time.Advance(LookPace.Shortest);
        await next.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }
}
