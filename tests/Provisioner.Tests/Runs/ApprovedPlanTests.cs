using Kronform.Provision.Runs;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs;

public sealed class ApprovedPlanTests
{
    private const string Hash = "639a9b4be3023bf1cab0f8afc56292d6a4052e9d2280a298b0a239c7fc27eb47";

    [Theory]
    [InlineData("639a9b4be302", true)]
    [InlineData("639A9B4BE302", true)]
    [InlineData(Hash, true)]
    [InlineData("639a9b4be303", false)]
    [InlineData("39a9b4be3023", false)]
    public void A_plan_is_named_by_the_beginning_of_its_hash(string text, bool names) =>
        Assert.Equal(names, ApprovedPlan.Parse(text)!.Names(Hash));

    [Theory]
    [InlineData("")]
    [InlineData("639a9b4be30")]
    [InlineData("639a9b4be30g")]
    [InlineData("639a9b4be302 ")]
    [InlineData(Hash + "0")]
    public void Anything_but_12_to_64_hex_digits_is_no_plan(string text) => Assert.Null(ApprovedPlan.Parse(text));
}
