using Kronform.Provision.VirtualRack.Robot;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Robot;

public class BerlinTimeTests
{
    [Theory]
    [InlineData("2026-01-15T12:00:00Z", "2026-01-15 13:00:00")]
    [InlineData("2026-03-29T00:59:59Z", "2026-03-29 01:59:59")]
    [InlineData("2026-03-29T01:00:00Z", "2026-03-29 03:00:00")]
    [InlineData("2026-10-25T00:59:59Z", "2026-10-25 02:59:59")]
    [InlineData("2026-10-25T01:00:00Z", "2026-10-25 02:00:00")]
    [InlineData("2027-12-31T23:30:00Z", "2028-01-01 00:30:00")]
    public void The_wall_clock_in_Berlin_follows_the_European_rule(string utc, string berlin)
    {
        Assert.Equal(berlin, BerlinTime.Text(DateTimeOffset.Parse(utc)));
    }

    [Fact]
    public void The_rule_agrees_with_the_time_zone_data()
    {
        Assert.SkipUnless(TimeZoneInfo.TryFindSystemTimeZoneById("Europe/Berlin", out var zone), "This machine has no time zone data.");

        for (var at = new DateTimeOffset(2024, 1, 1, 0, 30, 0, TimeSpan.Zero); at.Year < 2032; at = at.AddHours(1))
            Assert.Equal(TimeZoneInfo.ConvertTime(at, zone!).ToString("yyyy-MM-dd HH:mm:ss"), BerlinTime.Text(at));
    }
}
