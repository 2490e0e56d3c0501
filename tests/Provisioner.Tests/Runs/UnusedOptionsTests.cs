using Kronform.Provision.Runs;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs;

public sealed class UnusedOptionsTests
{
    private static readonly RunOptions Options = new() { Plan = ApprovedPlan.Parse("0123456789ab"), Neutralise = ["Z1", "Z1", "Z2"] };

    [Fact]
    public void A_healthy_node_tells_that_options_about_disks_met_no_disk() =>
        Assert.Collection(UnusedOptions.Notes(Options, diskTouched: false),
            n => Assert.StartsWith("--plan 0123456789ab had nothing to check", n, StringComparison.Ordinal),
            n => Assert.StartsWith("warning: --neutralise Z1 had no effect", n, StringComparison.Ordinal),
            n => Assert.StartsWith("warning: --neutralise Z2 had no effect", n, StringComparison.Ordinal));

    [Fact]
    public void Options_that_were_used_or_not_given_are_not_worth_a_word()
    {
        Assert.Empty(UnusedOptions.Notes(Options, diskTouched: true));
        Assert.Empty(UnusedOptions.Notes(new RunOptions(), diskTouched: false));
    }
}
