using Kronform.Provision.Agent.Events;

namespace Kronform.Provision.Agent.Tests.Watching;

public sealed class RateTests
{
    [Fact]
    public void Bytes_fall_into_the_seconds_in_which_they_moved()
    {
        var rates = new RateHistogram("write", startMs: 1000);
        rates.Add(1500, 100);
        rates.Add(2000, 250);
        rates.Add(2500, 250);
        rates.Add(5000, 1250); // 400 a second for two and a half seconds

        Assert.Equal([250, 200, 400, 400], rates.Snapshot().BytesPerSecond);
        Assert.Equal(1, rates.Snapshot().SecondsPerValue);
    }

    [Fact]
    public void The_last_value_is_of_the_time_it_had()
    {
        var rates = new RateHistogram("write", 0);
        rates.Add(1000, 1000);
        rates.Add(1250, 1500);

        Assert.Equal([1000, 2000], rates.Snapshot().BytesPerSecond);
    }

    [Theory]
    [InlineData(239, 1)]
    [InlineData(480, 2)]
    [InlineData(10 * 3600, 256)]
    public void A_long_step_takes_no_more_values_but_longer_ones_and_loses_no_byte(int seconds, int secondsPerValue)
    {
        var rates = new RateHistogram("write", 0);
        for (var second = 1; second <= seconds; second++) rates.Add(second * 1000L, second * 5000L);

        var kept = rates.Snapshot();
        Assert.Equal(secondsPerValue, kept.SecondsPerValue);
        Assert.True(kept.BytesPerSecond.Count <= RateHistogram.MostValues, $"{kept.BytesPerSecond.Count} values");
        Assert.All(kept.BytesPerSecond, value => Assert.Equal(5000, value));
    }

    [Fact]
    public void The_rate_is_of_the_last_seconds_and_the_time_left_of_the_whole_step()
    {
        var rate = new RateWindow();
        Assert.Equal((null, null), rate.Add(TimeSpan.Zero, 0, 0, 1000));
        for (var second = 1; second <= 10; second++) rate.Add(TimeSpan.FromSeconds(second), second * 100, second * 10, 1000);

        // From now on ten times as fast.
        (long?, long?) last = default;
        for (var second = 11; second <= 15; second++) last = rate.Add(TimeSpan.FromSeconds(second), 1000 + (second - 10) * 1000, 100 + (second - 10) * 100, 1000);

        Assert.Equal((1000, 10), last); // 600 of 1000 took 15 s
    }

    [Fact]
    public void Nothing_is_foretold_while_nothing_moves_or_the_total_is_unknown()
    {
        var rate = new RateWindow();
        Assert.Equal((100, null), rate.Add(TimeSpan.FromSeconds(1), 100, 100, null));
        rate.Add(TimeSpan.FromSeconds(2), 100, 100, 1000);
        Assert.Equal((0, null), rate.Add(TimeSpan.FromSeconds(8), 100, 100, 1000));
        Assert.Equal(0, rate.Add(TimeSpan.FromSeconds(9), 100, 1000, 1000).EtaSeconds);
    }
}
