using Kronform.Provision.Disks;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Disks;

public sealed class GlobTests
{
    [Theory]
    [InlineData("", "", true)]
    [InlineData("", "x", false)]
    [InlineData("*", "", true)]
    [InlineData("*", "anything/at all", true)]
    [InlineData("abc", "abc", true)]
    [InlineData("abc", "ABC", false)]
    [InlineData("abc", "abcd", false)]
    [InlineData("a*", "a/b", true)]
    [InlineData("*c", "abc", true)]
    [InlineData("*b", "abc", false)]
    [InlineData("a*c", "ac", true)]
    [InlineData("ab*bc", "abc", false)]
    [InlineData("a*b*c", "a-b-b-c", true)]
    [InlineData("**", "x", true)]
    [InlineData("a?c", "abc", false)]
    [InlineData("[ab]", "a", false)]
    [InlineData("*a*a*", "a", false)]
    [InlineData("/pci0000:00/*", "/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0", true)]
    public void Only_the_star_is_special(string pattern, string text, bool expected) => Assert.Equal(expected, Glob.Matches(pattern, text));
}
