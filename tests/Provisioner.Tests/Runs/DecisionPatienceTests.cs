using Kronform.Provision.Cluster;
using Kronform.Provision.Failures;
using Kronform.Provision.Protocol;
using Kronform.Provision.Runs;
using Kronform.Provision.Talos;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs;

/// <summary>How long the policy believes in something that begins again and again, or lies long back.</summary>
public sealed class DecisionPatienceTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 0, 0, TimeSpan.Zero);
    private static readonly RunLimits Limits = new();
    private static readonly NodeSpec Node = new() { Name = "n4", ServerNumber = 321, Role = NodeRole.ControlPlane, ConfigPath = "n4.yaml", Bootstrap = true, Line = 1, Column = 1 };
    private static readonly RunRecord Rebooted = new() { BootNonce = "aa", Written = new WrittenImage(new DiskIdentity("S1", null, 1), 1, "ab"), Reboot = new RebootRecord("boot-1", Start, 1) };

    public static TheoryData<string> WaysToFallBack => ["maintenance", "silent", "unhealthy"];

    /// <summary>Each look is a first one of its kind, and the config was sent a moment ago: only the first sending tells how long this goes on.</summary>
    [Theory]
    [MemberData(nameof(WaysToFallBack))]
    public void A_node_that_takes_its_config_again_and_again_is_given_up_after_the_deadline(string way)
    {
        Observation seen = way switch
        {
            "maintenance" => new Observation.Maintenance(true, "nonce"),
            "silent" => new Observation.Silent("nothing"),
            _ => new Observation.Configured(new NodeHealth(false, false, "service etcd to be healthy"), "not yet"),
        };

        Assert.IsNotType<NextAction.Stop>(Fallen(seen, after: TimeSpan.FromMinutes(19)));
        Assert.IsType<NextAction.Stop>(Fallen(seen, after: TimeSpan.FromMinutes(21)));
    }

    [Fact]
    public void A_disk_that_was_booted_long_ago_is_no_reason_to_reset_a_silent_server()
    {
        Assert.IsType<NextAction.ResetToDisk>(Silent(after: TimeSpan.FromHours(5)));
        Assert.Equal(FailureCode.BootDeadline, Assert.IsType<NextAction.Stop>(Silent(after: TimeSpan.FromDays(20))).Code);
    }

    private static NextAction Fallen(Observation seen, TimeSpan after) => Decision.Next(
        Node, Rebooted with { ConfigFirstSentAt = Start, ConfigSentAt = Start + after - TimeSpan.FromSeconds(61) }, seen, Limits,
        new Circumstances(Start + after, AttemptBegan: Start, ObservedSince: Start + after, AllowReset: false, KnownNode: false));

    /// <summary>By a later attempt, which has waited for the disk's boot once more.</summary>
    private static NextAction Silent(TimeSpan after) => Decision.Next(
        Node, Rebooted, new Observation.Silent("nothing"), Limits,
        new Circumstances(Start + after, AttemptBegan: Start + after - TimeSpan.FromMinutes(16), ObservedSince: Start + after - TimeSpan.FromMinutes(16), AllowReset: false, KnownNode: false));
}
