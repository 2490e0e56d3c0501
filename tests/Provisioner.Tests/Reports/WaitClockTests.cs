using Kronform.Provision.Reports;
using Kronform.Provision.Testing;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Reports;

public sealed class WaitClockTests
{
    private readonly ManualTime _time = new();

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);

    [Fact]
    public void What_is_not_waited_for_is_the_programs_own()
    {
        var clock = WaitClock.Begin(_time, S(0.5));
        _time.Advance(S(1));
        using (WaitClock.On(FarSide.Robot)) _time.Advance(S(3));
        _time.Advance(S(0.25));

        var read = clock.Read();
        Assert.Equal([new WaitTime(FarSide.Robot, S(3))], read.Waiting);
        Assert.Equal((S(4.75), S(1.75)), (read.Total, read.Own));
    }

    [Fact]
    public void Nested_and_overlapping_spans_count_every_moment_once()
    {
        var clock = WaitClock.Begin(_time, TimeSpan.Zero);
        var ssh = WaitClock.On(FarSide.Ssh);
        _time.Advance(S(1));
        var agent = WaitClock.On(FarSide.Agent);
        _time.Advance(S(2));
        agent.Dispose();
        var talos = WaitClock.On(FarSide.Talos);
        _time.Advance(S(4));
        ssh.Dispose();
        _time.Advance(S(8));
        talos.Dispose();

        var read = clock.Read();
        Assert.Equal([new WaitTime(FarSide.Talos, S(8)), new WaitTime(FarSide.Ssh, S(5)), new WaitTime(FarSide.Agent, S(2))], read.Waiting);
        Assert.Equal((S(15), TimeSpan.Zero), (read.Total, read.Own));
    }

    [Fact]
    public async Task Runs_side_by_side_have_clocks_of_their_own()
    {
        var first = RunAsync(S(1), FarSide.Robot);
        var second = RunAsync(S(2), FarSide.Ssh);
        var reads = await Task.WhenAll(first, second);
        Assert.Equal(FarSide.Robot, Assert.Single(reads[0].Waiting).Side);
        Assert.Equal(new WaitTime(FarSide.Ssh, S(2)), Assert.Single(reads[1].Waiting));

        async Task<CommandTime> RunAsync(TimeSpan wait, FarSide side)
        {
            var clock = WaitClock.Begin(_time, TimeSpan.Zero);
            await Task.Yield();
            using (WaitClock.On(side))
            {
                lock (_time) _time.Advance(wait);
            }

            return clock.Read();
        }
    }

    [Fact]
    public void The_process_is_older_than_nothing() => Assert.True(CommandTime.OfProcess(TimeProvider.System) > TimeSpan.Zero);
}
