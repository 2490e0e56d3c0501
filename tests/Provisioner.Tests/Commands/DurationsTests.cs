using Kronform.Provision.Commands;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Commands;

public sealed class DurationsTests
{
    [Theory]
    [InlineData("90s", 90)]
    [InlineData("8m", 480)]
    [InlineData("1.5h", 5400)]
    [InlineData("00:02:30", 150)]
    public void Durations_are_read_as_people_type_them(string text, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Durations.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("90")]
    [InlineData("-3m")]
    [InlineData("0s")]
    [InlineData("m")]
    [InlineData("soon")]
    public void Anything_else_is_refused(string text) => Assert.Null(Durations.Parse(text));
}
