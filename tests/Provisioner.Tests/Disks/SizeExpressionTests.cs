using Kronform.Provision.Disks;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Disks;

public sealed class SizeExpressionTests
{
    private const long GB = 1000_000_000;

    /// <summary>The first block is Talos's own table of cases.</summary>
    [Theory]
    [InlineData("<= 256GB", 200 * GB, true)]
    [InlineData(">= 256GB", 200 * GB, false)]
    [InlineData("<256GB", 256 * GB, false)]
    [InlineData(">256GB", 256 * GB, false)]
    [InlineData(">256GB", 257 * GB, true)]
    [InlineData("==256GB", 256 * GB, true)]
    [InlineData("==   256GB", 256 * GB, true)]
    [InlineData("256GB", 256 * GB, true)]
    [InlineData("   256GB", 256 * GB, true)]
    [InlineData("==256GB", 257 * GB, false)]
    [InlineData(">1", GB, true)]
    [InlineData("< 1", GB, false)]
    [InlineData("< 1TB", 1000 * GB, false)]
    [InlineData("< 1TB", (1000 * GB) - 1, true)]
    [InlineData("< 1TiB", 1000 * GB, true)]
    [InlineData("1,024 b", 1024, true)]
    [InlineData("1.5kb", 1500, true)]
    [InlineData("0.0009kb", 0, true)]
    [InlineData("512 mI", 536870912, true)]
    [InlineData(">= 1pib", 1125899906842624, true)]
    [InlineData("1 K", 1000, true)]
    public void Sizes_compare_as_in_Talos(string expression, long size, bool expected) =>
        Assert.Equal(expected, SizeExpression.TryParse(expression)!.Matches(size));

    [Theory]
    [InlineData("9a256GB")]
    [InlineData("--256GB")]
    [InlineData("<<256GB")]
    [InlineData("=256GB")]
    [InlineData("")]
    [InlineData("GB")]
    [InlineData("-1GB")]
    [InlineData("1 YB")]
    [InlineData("1ibb")]
    [InlineData("1.2.3GB")]
    [InlineData("100EB")]
    [InlineData("!= 1TB")]
    public void What_Talos_cannot_parse_is_no_expression(string expression) => Assert.Null(SizeExpression.TryParse(expression));
}
