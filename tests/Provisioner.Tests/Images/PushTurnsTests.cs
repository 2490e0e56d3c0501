using Kronform.Provision.Images;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Images;

public sealed class PushTurnsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_go_at_once_and_the_third_waits_for_one_of_them()
    {
        var turns = new PushTurns();
        var waited = 0;
        var first = await turns.TakeAsync(() => waited++, Token);
        using var second = await turns.TakeAsync(() => waited++, Token);
        var third = turns.TakeAsync(() => waited++, Token);

        Assert.Equal((1, false), (waited, third.IsCompleted));
        first.Dispose();
        first.Dispose();
        using var taken = await third.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.False(turns.TakeAsync(() => { }, Token).IsCompleted, "a turn given back twice counted twice");
    }

    [Fact]
    public async Task Who_stops_waiting_takes_no_turn()
    {
        var turns = new PushTurns();
        var first = await turns.TakeAsync(() => { }, Token);
        using var second = await turns.TakeAsync(() => { }, Token);
        using var stop = new CancellationTokenSource();
        var third = turns.TakeAsync(() => { }, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);

        first.Dispose();
        using var fourth = await turns.TakeAsync(() => Assert.Fail("the turn was lost"), Token);
    }
}
