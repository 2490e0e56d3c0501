using Kronform.Provision.Provisioner.Tests.Failures;
using Kronform.Provision.Servers.Budgets;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Servers.Budgets;

/// <summary>When a call may go out, as a table: how many were made when, what Robot said, what follows.</summary>
public sealed class BudgetDecisionTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 3, 0, 30, TimeSpan.Zero);
    private static readonly CallLimit Limit = new("presses", 10, TimeSpan.FromHours(1), 2, "resets");

    /// <param name="made">Minutes ago and calls made then, as "5:3 59:4".</param>
    /// <param name="expected">go, wait, or stop, with the whole minutes until there is room.</param>
    [Theory]
    [InlineData("", false, "go")]
    [InlineData("5:7", false, "go")]
    [InlineData("5:8", false, "stop 56")]
    [InlineData("5:8", true, "go")]
    [InlineData("5:10", true, "stop 56")]
    [InlineData("20:4 59:4", false, "wait 2")]
    [InlineData("20:4 58:4", false, "stop 3")]
    [InlineData("61:8 5:7", false, "go")]
    [InlineData("60:4 20:4", false, "wait 1")]
    [InlineData("40:4 20:4", false, "stop 21")]
    [InlineData("-90:9", false, "go")]
    public void A_call_goes_out_while_every_hour_that_holds_it_stays_within_the_limit(string made, bool mayUseReserve, string expected)
    {
        var use = new EndpointUse { Minutes = [.. made.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Entry).OrderBy(m => m.Minute)] };

        Assert.Equal(expected, Text(BudgetDecision.Of(Limit, use, Now, mayUseReserve)));
    }

    [Theory]
    [InlineData(0, 60, "stop 60")]
    [InlineData(59, 60, "wait 1")]
    [InlineData(60, 60, "go")]
    [InlineData(10, 1, "go")]
    public void What_Robot_says_holds_until_its_interval_is_over(int minutesAgo, int interval, string expected)
    {
        var said = Now - TimeSpan.FromMinutes(minutesAgo);

        Assert.Equal(expected, Text(BudgetDecision.Of(Limit, new EndpointUse { ExhaustedAt = said, ExhaustedUntil = said + TimeSpan.FromMinutes(interval) }, Now)));
    }

    [Fact]
    public void Robots_word_holds_for_calls_that_may_use_the_reserve_as_well() =>
        Assert.IsType<BudgetDecision.Stop>(BudgetDecision.Of(Limit, new EndpointUse { ExhaustedAt = Now, ExhaustedUntil = Now + TimeSpan.FromHours(1) }, Now, mayUseReserve: true));

    [Fact]
    public void A_word_of_Robot_from_a_clock_that_ran_ahead_is_forgotten() =>
        Assert.IsType<BudgetDecision.Go>(BudgetDecision.Of(Limit, new EndpointUse { ExhaustedAt = Now + TimeSpan.FromDays(300), ExhaustedUntil = Now + TimeSpan.FromDays(301) }, Now));

    [Fact]
    public void Nobody_waits_again_and_again()
    {
        var use = new EndpointUse { Minutes = [Entry("59:8")] };

        Assert.IsType<BudgetDecision.Wait>(BudgetDecision.Of(Limit, use, Now));
        Assert.IsType<BudgetDecision.Stop>(BudgetDecision.Of(Limit, use, Now, waited: TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void The_reason_says_who_used_it_up_and_when()
    {
        var own = Assert.IsType<BudgetDecision.Stop>(BudgetDecision.Of(Limit, new EndpointUse { Minutes = [Entry("5:8")] }, Now));
        Assert.Equal("this machine has made 8 of the 10 calls that Robot allows in 60 minutes for resets, and 2 are kept for others", own.Because);

        var told = Assert.IsType<BudgetDecision.Stop>(BudgetDecision.Of(Limit, new EndpointUse { ExhaustedAt = Now, ExhaustedUntil = Now + TimeSpan.FromHours(1) }, Now));
        Assert.Equal("Robot said at 03:00:30 UTC that the limit for resets is used up", told.Because);
    }

    [Fact]
    public void Every_call_that_is_let_out_keeps_every_hour_within_the_limit()
    {
        // Whatever the pattern of asking, no window of an hour, wherever it begins, holds more than the limit without the reserve.
        var random = new Random(4);
        var use = new EndpointUse();
        var sent = new List<DateTimeOffset>();
        for (var now = Now; now < Now + TimeSpan.FromHours(6); now += TimeSpan.FromSeconds(random.Next(1, 600)))
        {
            if (BudgetDecision.Of(Limit, use, now) is not BudgetDecision.Go) continue;
            use = use.Counted(Limit.Window, now);
            sent.Add(now);
            Assert.True(use.Minutes.Count <= 62, $"{use.Minutes.Count} minutes are kept");
        }

        foreach (var begin in sent)
            Assert.InRange(sent.Count(s => s >= begin && s < begin + Limit.Window), 1, 8);
        Assert.True(sent.Count > 30, $"only {sent.Count} calls went out in six hours");
    }

    [Theory]
    [InlineData("GET", "server", "server", 200)]
    [InlineData("GET", "server/321", "server", 200)]
    [InlineData("GET", "ip/192.0.2.1", "ip", 5000)]
    [InlineData("GET", "reset/321", "reset-read", 500)]
    [InlineData("POST", "reset/321", "reset-press", 50)]
    [InlineData("GET", "boot/321/rescue/last", "boot", 500)]
    [InlineData("POST", "boot/321/rescue", "boot", 500)]
    [InlineData("DELETE", "boot/321/rescue", "boot", 500)]
    [InlineData("GET", "key/aa:bb", "key-read", 500)]
    [InlineData("DELETE", "key/aa:bb", "key-write", 200)]
    [InlineData("GET", "firewall/321", "firewall", 500)]
    public void Each_call_counts_against_the_limit_that_Robot_documents(string method, string path, string name, int calls)
    {
        var limit = CallLimit.Of(new HttpMethod(method), path)!;

        Assert.Equal((name, calls, TimeSpan.FromHours(1)), (limit.Name, limit.Calls, limit.Window));
        Assert.InRange(limit.Reserve, 1, limit.Calls / 5);
    }

    [Fact]
    public void The_documentation_has_the_numbers_of_the_code()
    {
        CallLimit[] limits = [CallLimit.Servers, CallLimit.Addresses, CallLimit.ResetReads, CallLimit.ResetPresses, CallLimit.Boot, CallLimit.KeyReads, CallLimit.KeyWrites, CallLimit.Firewall];

        var rows = File.ReadLines(Path.Combine(RepositoryRoot.Path, "docs", "robot.md")).SkipWhile(l => l != "## Limits").SkipWhile(l => !l.StartsWith("|---", StringComparison.Ordinal)).Skip(1).TakeWhile(l => l.StartsWith('|'));

        Assert.Equal(limits.Select(l => $"| {l.Paths} | {l.Calls} | {l.Reserve} |"), rows.Select(r => r.Replace("`", "", StringComparison.Ordinal)));
    }

    private static MinuteCount Entry(string text)
    {
        int[] parts = [.. text.Split(':').Select(int.Parse)];
        var at = Now - TimeSpan.FromMinutes(parts[0]);
        return new MinuteCount(at.AddSeconds(-at.Second), parts[1]);
    }

    private static string Text(BudgetDecision decision) => decision switch
    {
        BudgetDecision.Wait wait => $"wait {Math.Ceiling(wait.For.TotalMinutes)}",
        BudgetDecision.Stop stop => $"stop {Math.Ceiling((stop.Back - Now).TotalMinutes)}",
        _ => "go",
    };
}
