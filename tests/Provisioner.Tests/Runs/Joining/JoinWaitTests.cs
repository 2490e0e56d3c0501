using System.Net;
using Kronform.Provision.Runs.Joining;
using Kronform.Provision.Talos;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs.Joining;

public sealed class JoinWaitTests
{
    private static readonly IPAddress First = IPAddress.Parse("10.0.0.1"), Second = IPAddress.Parse("10.0.0.2"), Balancer = IPAddress.Parse("10.0.0.100");

    private static readonly JoinFacts Usual = new()
    {
        EndpointHost = "api.example", EndpointAddresses = [First], Own = Second, Running = [("n1", [First])], Discovery = false,
    };

    [Fact]
    public void A_node_that_should_find_its_way_only_waits() =>
        Assert.Equal("etcd to join the cluster that runs on n1", JoinWait.Reason(Usual));

    [Fact]
    public void One_right_address_among_several_is_enough() =>
        Assert.Equal("etcd to join the cluster that runs on n1", JoinWait.Reason(Usual with { EndpointAddresses = [Balancer, Second, First] }));

    [Fact]
    public void The_reason_is_the_clock_before_anything_else() =>
        Assert.Contains("clock is not in sync", JoinWait.Reason(Usual with { Clock = "NTP", Learner = "n3", EndpointAddresses = [] }), StringComparison.Ordinal);

    [Fact]
    public void Another_learner_goes_first() =>
        Assert.Contains("n3 is a learner", JoinWait.Reason(Usual with { Learner = "n3" }), StringComparison.Ordinal);

    [Theory]
    [InlineData("", "does not resolve")]
    [InlineData("10.0.0.2", "leads to the node itself")]
    [InlineData("10.0.0.100", "none of the members is there")]
    [InlineData("10.0.0.100 10.0.0.2", "none of the members is there")]
    public void An_endpoint_that_leads_to_no_member_is_the_reason_while_discovery_is_off(string addresses, string expected)
    {
        var facts = Usual with { EndpointAddresses = [.. addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(IPAddress.Parse)] };
        Assert.Contains(expected, JoinWait.Reason(facts), StringComparison.Ordinal);
        Assert.Contains("discovery is off", JoinWait.Reason(facts), StringComparison.Ordinal);
        Assert.Contains("discovery.talos.dev", JoinWait.Reason(facts with { Discovery = true }), StringComparison.Ordinal);
    }

    [Fact]
    public void Addresses_of_a_member_are_those_in_its_URLs()
    {
        var member = new TalosEtcdMember(1, "n1", ["https://10.0.0.1:2380"], ["https://10.0.0.1:2379", "https://[2001:db8::1]:2379", "https://n1.example:2379", "nonsense"], false);
        Assert.Equal([First, IPAddress.Parse("2001:db8::1")], JoinWait.AddressesOf(member));
    }
}
