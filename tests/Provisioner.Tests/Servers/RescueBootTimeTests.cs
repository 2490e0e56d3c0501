using Kronform.Provision.Servers;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Servers;

public class RescueBootTimeTests
{
    [Theory]
    [InlineData(null, "2026-09-08 19:09:11", true)]
    [InlineData("2026-09-08 19:09:11", "2026-09-08 19:09:11", false)]
    [InlineData("2026-09-08 19:09:11", "2026-09-08 19:14:00", true)]
    [InlineData("2026-09-08 19:09:11", "2026-09-07 23:00:00", false)]
    // 2026-10-25: 02:50 summer time, then, twenty minutes later, 02:10 winter time.
    [InlineData("2026-10-25 02:50:00", "2026-10-25 02:10:00", true)]
    [InlineData("2026-10-25 02:50:00", "2026-10-25 01:50:00", false)]
    // Unknown forms can only be told apart.
    [InlineData("2026-10-25T02:50:00+02:00", "2026-10-25T03:10:00+02:00", true)]
    [InlineData("soon", "soon", false)]
    public void A_later_boot_is_told_from_the_one_before_the_reset(string? before, string now, bool newer)
    {
        Assert.Equal(newer, new RescueBootTime(now).IsNewerThan(before is null ? null : new RescueBootTime(before)));
    }
}
