using Kronform.Provision.Agent.Tests.Support;
using Kronform.Provision.Protocol;

namespace Kronform.Provision.Agent.Tests;

public sealed class CommandLineTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData]
    [InlineData("format")]
    [InlineData("inventory", "--force")]
    public async Task Anything_unknown_is_a_usage_error_and_says_nothing_on_standard_output(params string[] arguments)
    {
        using var host = new FakeHost();

        var run = await AgentRun.StartAsync(host.World(), new TestInput(), Token, arguments);

        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Events);
        Assert.Contains("usage:", run.Complaints);
    }

    [Fact]
    public async Task The_end_of_standard_input_cancels_an_inventory()
    {
        using var host = new FakeHost();
        using var input = new TestInput();
        host.OnSettle = () =>
        {
            input.HangUp();
            return false;
        };
        // A disk without a name keeps it waiting until it is cancelled.
        host.Add(new FakeDisk("vda", 1 << 20) { Bus = "pci0000:00/0000:00:02.0/virtio1" });

        var run = await AgentRun.StartAsync(host.World(), input, Token, "inventory");

        Assert.Equal((AgentFailureCodes.Cancelled, DiskStates.Untouched, 1), (run.Failed.Code, run.Failed.DiskState, run.ExitCode));
    }

    [Fact]
    public void An_unexpected_failure_tells_its_causes_from_the_outside_in()
    {
        var failed = AgentApp.Describe(new InvalidOperationException("outer", new IOException("inner")), DiskStates.Unknown, cancelled: false);

        Assert.Equal(AgentFailureCodes.Internal, failed.Code);
        Assert.Equal(["outer", "inner"], failed.Causes);
    }
}
