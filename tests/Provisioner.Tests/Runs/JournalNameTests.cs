using Kronform.Provision.Runs;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs;

public sealed class JournalNameTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(null, "20261121T030000Z-")]
    [InlineData("/state/n4/20261120T235959Z-abcd.journal", "20261121T030000Z-")]
    [InlineData("/state/n4/20261121T030000Z-abcd.journal", "20261121T030001Z-")]
    [InlineData("/state/n4/20270101T235959Z-abcd.journal", "20270102T000000Z-")]
    [InlineData("/state/n4/by-hand.journal", "20261121T030000Z-")]
    public void A_new_journal_comes_after_the_last_one_whatever_the_clock_says(string? last, string begins)
    {
        string name = StateFolder.JournalName(Now, last);

        Assert.StartsWith(begins, name, StringComparison.Ordinal);
        Assert.EndsWith(".journal", name, StringComparison.Ordinal);
    }
}
