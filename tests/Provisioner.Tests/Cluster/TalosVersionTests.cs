using Kronform.Provision.Cluster;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Cluster;

public sealed class TalosVersionTests
{
    [Theory]
    [InlineData("v1.13.9", "v1.13.9")]
    [InlineData("1.8.0", "v1.8.0")]
    [InlineData("v1.14.0-beta.0", "v1.14.0-beta.0")]
    [InlineData("v1.13", null)]
    [InlineData("latest", null)]
    [InlineData("v1.13.9.1", null)]
    [InlineData("v1.13.9-", null)]
    [InlineData("v1.99999999999.0", null)]
    public void Releases_and_pre_releases_are_read(string text, string? expected) => Assert.Equal(expected, TalosVersion.TryParse(text)?.ToString());

    [Theory]
    [InlineData("v1.8.4", false)]
    [InlineData("v1.9.0-alpha.3", true)]
    [InlineData("v1.9.0", true)]
    [InlineData("v1.13.9", true)]
    [InlineData("v0.14.0", false)]
    [InlineData("v2.0.0", true)]
    public void Versions_are_compared_by_minor(string text, bool atLeast19) => Assert.Equal(atLeast19, TalosVersion.TryParse(text)!.IsAtLeast(1, 9));
}
