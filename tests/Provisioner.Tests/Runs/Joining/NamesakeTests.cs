using System.Net;
using Kronform.Provision.Failures;
using Kronform.Provision.Runs.Joining;
using Kronform.Provision.Talos;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Runs.Joining;

/// <summary>A joining control plane removes the member whose host name it has: only its own leftover may have it.</summary>
public sealed class NamesakeTests
{
    private static readonly IPAddress Own = IPAddress.Parse("10.0.0.2"), Other = IPAddress.Parse("10.0.0.1"), Private = IPAddress.Parse("192.168.0.2");
    private static readonly Dictionary<IPAddress, string> Others = new() { [Other] = "n1" };

    [Fact]
    public void A_name_nobody_has_is_free() => Assert.Null(Refusal("n2", wasMember: false, ("n1", Other)));

    [Fact]
    public void A_member_at_the_nodes_own_address_is_what_it_was_before() => Assert.Null(Refusal("n2", wasMember: false, ("n2", Own)));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_name_of_another_node_is_refused_always(bool wasMember)
    {
        var refusal = Refusal("n1", wasMember, ("n1", Other))!;
        Assert.Equal(FailureCode.MachineConfigInvalid, refusal.Code);
        Assert.Contains("which is n1", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("not sent", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_at_an_unknown_address_is_the_nodes_own_only_when_the_node_was_one()
    {
        Assert.Null(Refusal("n2", wasMember: true, ("n2", Private)));
        Assert.Contains("remove-member 0000000000000007", Refusal("n2", wasMember: false, ("n2", Private))!.Remedy, StringComparison.Ordinal);
    }

    private static ProvisionException? Refusal(string hostname, bool wasMember, params (string Name, IPAddress At)[] members) =>
        Namesake.Refusal("n2", hostname, [Own], wasMember, Others, members.Select(m => new TalosEtcdMember(7, m.Name, [$"https://{m.At}:2380"], [], false)));
}
