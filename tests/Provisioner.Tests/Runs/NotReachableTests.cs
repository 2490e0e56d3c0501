using Kronform.Provision.Failures;
using Kronform.Provision.Runs;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs;

public sealed class NotReachableTests
{
    public static TheoryData<Observation, FailureCode> Observations { get; } = new()
    {
        { new Observation.Silent("x"), FailureCode.ServerUnreachable },
        { new Observation.Unclear("x"), FailureCode.ServerUnreachable },
        { new Observation.ForeignSystem("x"), FailureCode.ForeignSystem },
        { new Observation.RescueOfOthers(false, "x"), FailureCode.RescueAuthentication },
        { new Observation.WrongHostKey("x"), FailureCode.RescueHostKey },
        { new Observation.UnprovenRescue("x"), FailureCode.RescueNotProven },
        { new Observation.Vkvm("x"), FailureCode.BootVkvm },
        { new Observation.ConfiguredForeign("x"), FailureCode.TalosForeign },
    };

    [Theory]
    [MemberData(nameof(Observations))]
    public void A_node_that_cannot_be_asked_for_its_disks_has_a_code_that_says_why(Observation observation, FailureCode code)
    {
        var failure = DryRun.NotReachable("n4", observation);
        Assert.Equal((code, "The disks of n4 cannot be looked at: x"), (failure.Code, failure.Message));
        Assert.Contains(code, DryRunExit.Codes);
    }
}
