using Kronform.Provision.Commands;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Commands;

public sealed class PlanOptionTests
{
    [Theory]
    [InlineData("--plan: \"xyz\" is not a plan hash; copy at least 12 of its 64 hex digits from the line \"Plan:\" of the disk report.", "n4", "--plan", "xyz")]
    [InlineData("--plan: \"0123456789a\" is not a plan hash; copy at least 12 of its 64 hex digits from the line \"Plan:\" of the disk report.", "n4", "--plan", "0123456789a")]
    [InlineData("--plan: a plan is one node's, and 2 nodes are named; name one.", "n4", "n5", "--plan", "0123456789ab")]
    public void A_plan_that_cannot_be_one_is_a_usage_error_that_names_the_option(string error, params string[] arguments) =>
        Assert.Equal([error], ProvisionCommand.Create().Parse(arguments).Errors.Select(e => e.Message));

    [Theory]
    [InlineData("n4", "--plan", "0123456789ab")]
    [InlineData("n4", "n4", "--plan", "0123456789AB")]
    [InlineData("n4", "n5")]
    [InlineData("n4", "--neutralise", "Z1", "--neutralise", "Z2", "--dry-run")]
    [InlineData("doctor")]
    public void Other_command_lines_are_not_touched_by_it(params string[] arguments) =>
        Assert.Empty(ProvisionCommand.Create().Parse(arguments).Errors);
}
