using Kronform.Provision.Testing;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests;

public class ManualTimeTests
{
    private readonly ManualTime _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void A_delay_ends_when_the_clock_has_reached_it_and_not_before()
    {
        var delay = Task.Delay(TimeSpan.FromSeconds(10), _time, Cancellation);

        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(delay.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(delay.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_timed_token_source_and_elapsed_time_follow_the_clock()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(8), _time);
        var start = _time.GetTimestamp();

        _time.Advance(TimeSpan.FromMinutes(9));

        Assert.True(limit.IsCancellationRequested);
        Assert.Equal(TimeSpan.FromMinutes(9), _time.GetElapsedTime(start));
    }

    [Fact]
    public void Timers_fire_in_order_each_at_its_own_time()
    {
        var fired = new List<string>();
        var start = _time.GetUtcNow();
        using var every = _time.CreateTimer(_ => fired.Add($"every {(_time.GetUtcNow() - start).TotalSeconds}"), null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));
        using var once = _time.CreateTimer(_ => fired.Add($"once {(_time.GetUtcNow() - start).TotalSeconds}"), null, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);

        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(["every 2", "once 3", "every 4"], fired);
        Assert.Equal(start + TimeSpan.FromSeconds(5), _time.GetUtcNow());
    }

    [Fact]
    public async Task Work_that_waits_again_and_again_runs_to_its_end()
    {
        var start = _time.GetUtcNow();

        var rounds = await _time.RunAsync(PollAsync(), TimeSpan.FromMinutes(1), Cancellation);

        Assert.Equal(100, rounds);
        Assert.Equal(start + TimeSpan.FromSeconds(1000), _time.GetUtcNow());

        async Task<int> PollAsync()
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromHours(1), _time);
            for (var round = 0; ; round++)
            {
                if (round == 100)
                    return round;
                await Task.Yield();
                await Task.Delay(TimeSpan.FromSeconds(10), _time, limit.Token);
            }
        }
    }
}
