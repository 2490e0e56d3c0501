using Kronform.Provision.Failures;
using Kronform.Provision.Runs;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Runs;

/// <summary>A second bootstrap cannot happen, whatever is killed, lost or re-marked; the emulated nodes count.</summary>
public sealed class OneBootstrapTests
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(4);

    /// <summary>The first entry of an attempt is its start; with a node that waits for its bootstrap the second is the intent.</summary>
    private const int Intent = 1;

    /// <summary>From the intent over the ledger, the call and its outcome into the next look at the node.</summary>
    public static TheoryData<int> Looks => [.. Enumerable.Range(0, 12)];

    [Theory]
    [MemberData(nameof(Looks))]
    public async Task Killed_anywhere_around_it_and_the_mark_moved_to_another_node_and_back(int looks)
    {
        await using var bench = new ClusterBench();
        await bench.StartConfiguredAsync(1);
        await bench.StartConfiguredAsync(2);
        await Assert.ThrowsAsync<KilledException>(() => bench.RunAsync(1, killAt: (Intent, looks)));

        bench.Mark(2);
        var flipped = await bench.RunAsync(2, Short);
        bool second = bench.Bootstraps(2) == 1;
        if (!second && flipped.Failure is { } refusal) Assert.Equal(FailureCode.BootstrapRefused, refusal.Code);

        bench.Mark(1);
        var back = await bench.RunAsync(1, second ? Short : null);
        Assert.True(bench.Bootstraps(1, 2) == 1, $"{bench.Bootstraps(1)} and {bench.Bootstraps(2)} bootstraps");
        // Only before anything was asked of n1 may the mark move; n1 then has to find n2, and its endpoint leads elsewhere.
        if (second) Assert.True(looks <= 1 && back.Failure is not null, $"{looks} looks: {back.Summary}");
        else (await bench.RunAsync(2)).AssertHealthy(changed: false);
    }

    [Theory]
    [InlineData(0, false, false)]
    [InlineData(1, true, false)]
    [InlineData(11, true, true)]
    public async Task The_deaths_reach_from_before_the_intent_to_after_the_outcome(int looks, bool intent, bool outcome)
    {
        await using var bench = new ClusterBench();
        await bench.StartConfiguredAsync(1);
        await Assert.ThrowsAsync<KilledException>(() => bench.RunAsync(1, killAt: (Intent, looks)));
        Assert.Equal((intent, outcome), (bench.Journal(1).Any(e => e is BootstrapAsking), bench.Journal(1).Any(e => e is BootstrapDone)));
    }

    [Fact]
    public async Task A_lost_answer_is_asked_for_again_of_the_same_node()
    {
        await using var bench = new ClusterBench();
        await bench.StartConfiguredAsync(1);
        await bench.StartConfiguredAsync(2);
        bench.Cluster.Node(1).Faults.RepliesToLose = 1;

        var runs = await Task.WhenAll(bench.RunAsync(1), bench.RunAsync(2));

        Assert.All(runs, r => Assert.Null(r.Failure));
        Assert.Equal(0, bench.Cluster.Node(1).Faults.RepliesToLose);
        Assert.Equal((1, 0), (bench.Bootstraps(1), bench.Bootstraps(2)));
    }

    [Fact]
    public async Task Two_operators_with_different_marks_and_one_state_folder_bootstrap_once()
    {
        await using var bench = new ClusterBench();
        await bench.StartConfiguredAsync(1);
        await bench.StartConfiguredAsync(2);
        var first = bench.RunAsync(1, Short);
        bench.Mark(2);
        await Task.WhenAll(first, bench.RunAsync(2, Short));
        Assert.Equal(1, bench.Bootstraps(1, 2));
    }
}
