using Kronform.Provision.Runs;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs;

public sealed class RunStopTests
{
    [Fact]
    public void Asked_once_runs_end_soon_asked_twice_now_and_the_third_time_is_nobodys_business()
    {
        using var stop = new RunStop();
        Assert.True(stop.Ask());
        Assert.Equal((true, false), (stop.Tokens.Soon.IsCancellationRequested, stop.Tokens.Now.IsCancellationRequested));
        Assert.True(stop.Ask());
        Assert.True(stop.Tokens.Now.IsCancellationRequested);
        Assert.False(stop.Ask());
    }

    public static TheoryData<NextAction?, RunPhase, string> Actions { get; } = new()
    {
        { null, RunPhase.Boot, "nothing is under way" },
        { new NextAction.Wait(RunPhase.Rescue, "x"), RunPhase.Rescue, "nothing is under way" },
        { new NextAction.Install(), RunPhase.Inspect, "before anything is written" },
        { new NextAction.Install(), RunPhase.Write, "the write is broken off; the disk keeps no partition table" },
        { new NextAction.EnterRescue("x"), RunPhase.Rescue, "nothing stays armed" },
        { new NextAction.ResetToDisk("x"), RunPhase.Boot, "as soon as the reset is through" },
        { new NextAction.Boot(), RunPhase.Boot, "asked to reboot" },
        { new NextAction.VerifyAndBoot(), RunPhase.Write, "only read" },
        { new NextAction.SendConfig(), RunPhase.Configure, "answered to its machine config" },
        { new NextAction.Bootstrap(), RunPhase.Join, "the bootstrap was answered" },
    };

    [Theory]
    [MemberData(nameof(Actions))]
    public void The_operator_is_told_what_stopping_means_right_now(NextAction? action, RunPhase phase, string part)
    {
        string sentence = Stopping.Sentence(action, phase, writing: false);
        Assert.StartsWith("stopping", sentence, StringComparison.Ordinal);
        Assert.Contains(part, sentence, StringComparison.Ordinal);
        Assert.EndsWith("Asked once more, it stops at once", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_write_that_goes_on_without_us_is_never_called_nothing()
    {
        NextAction?[] actions = [null, new NextAction.Wait(RunPhase.Write, "x"), new NextAction.Install()];
        Assert.All(actions, action => Assert.Contains("is ended first", Stopping.Sentence(action, RunPhase.Inspect, writing: true), StringComparison.Ordinal));
    }
}
