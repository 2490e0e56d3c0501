using Kronform.Provision.Runs;
using Kronform.Provision.Testing;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs;

public sealed class SteadyTimeTests
{
    [Theory]
    [InlineData(-600)]
    [InlineData(600)]
    public void A_clock_that_is_set_moves_no_deadline_of_a_run(int setBySeconds)
    {
        var time = new SetTime();
        var steady = new SteadyTime(time);
        var began = steady.GetUtcNow();
        Assert.Equal(time.GetUtcNow(), began);

        time.Inner.Advance(TimeSpan.FromSeconds(10));
        time.SetBy = TimeSpan.FromSeconds(setBySeconds);

        Assert.Equal(TimeSpan.FromSeconds(10), steady.GetUtcNow() - began);
    }

    [Fact]
    public void The_time_since_boot_never_goes_back_and_is_at_least_what_the_process_measures()
    {
        var clock = new BootClock();
        long boot = clock.GetTimestamp(), process = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(process) < TimeSpan.FromMilliseconds(5)) Thread.Yield();

        Assert.InRange(clock.GetElapsedTime(boot), TimeSpan.FromMilliseconds(5), TimeSpan.FromMinutes(1));
    }

    private sealed class SetTime : TimeProvider
    {
        public ManualTime Inner { get; } = new();

        public TimeSpan SetBy { get; set; }

        public override long TimestampFrequency => Inner.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => Inner.GetUtcNow() + SetBy;

        public override long GetTimestamp() => Inner.GetTimestamp();
    }
}
