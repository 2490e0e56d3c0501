using System.Net;
using Kronform.Provision.Servers;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Servers;

public class FirewallCheckTests
{
    private static readonly IPAddress Desk = IPAddress.Parse("198.51.100.7");

    private static RobotFirewall Active(params FirewallRule[] input) => new("active", "88.99.2.106", FilterIPv6: false, AllowsHetznerServices: true, input, []);

    private static readonly FirewallRule Ssh = new("accept", "ssh", "ipv4", DestinationPort: "22", Protocol: "tcp");
    private static readonly FirewallRule Answers = new("accept", "answers", "ipv4", DestinationPort: "32768-65535", Protocol: "tcp", TcpFlags: "ack");

    [Fact]
    public void A_disabled_firewall_blocks_nothing()
    {
        Assert.Empty(FirewallCheck.Blocked(Active() with { Status = "disabled" }, Desk));
    }

    [Fact]
    public void An_active_firewall_without_rules_blocks_everything()
    {
        Assert.Equal([new FirewallBlock(22, null), new FirewallBlock(50000, null)], FirewallCheck.Blocked(Active(), Desk));
    }

    [Fact]
    public void A_firewall_whose_rules_are_being_taken_away_blocks_nothing()
    {
        Assert.Empty(FirewallCheck.Blocked(Active() with { Status = "in process" }, Desk));
        Assert.Equal([50000], Ports(Active(Ssh) with { Status = "in process" }, Desk));
    }

    [Fact]
    public void The_usual_server_rules_forget_the_Talos_port()
    {
        // The range for answers covers 50000, but its ack flag keeps out the first packet of a connection.
        Assert.Equal([50000], Ports(Active(Ssh, Answers), Desk));
    }

    [Fact]
    public void The_first_match_wins()
    {
        var all = new FirewallRule("accept", "all");
        var none = new FirewallRule("discard", "none", DestinationPort: "50000");

        Assert.Empty(Ports(Active(all, none), Desk));
        Assert.Equal([new FirewallBlock(50000, "rule 1 \"none\" discards it")], FirewallCheck.Blocked(Active(none, all), Desk));
    }

    public static TheoryData<FirewallRule, bool> SingleRules => new()
    {
        { new("accept", DestinationPort: "50000"), true },
        { new("accept", DestinationPort: "49999-50001"), true },
        { new("accept", DestinationPort: "22, 50000"), true },
        { new("accept", DestinationPort: "50001"), false },
        { new("accept", DestinationPort: "talos"), true },
        { new("accept", Protocol: "tcp"), true },
        { new("accept", Protocol: "udp"), false },
        { new("accept", IpVersion: "ipv6"), false },
        { new("accept", SourceIp: "198.51.100.7"), true },
        { new("accept", SourceIp: "198.51.100.0/24"), true },
        { new("accept", SourceIp: "198.51.100.1/29"), true },
        { new("accept", SourceIp: "198.51.100.8/29"), false },
        { new("accept", SourceIp: "0.0.0.0/0"), true },
        { new("accept", SourceIp: "203.0.113.0/24"), false },
        { new("accept", DestinationIp: "88.99.2.106"), true },
        { new("accept", DestinationIp: "88.99.2.107/32"), false },
        { new("accept", SourcePort: "1024-65535"), true },
        { new("accept", SourcePort: "53"), false },
        { new("accept", TcpFlags: "syn"), true },
        { new("accept", TcpFlags: "syn|ack"), true },
        { new("accept", TcpFlags: "syn&ack"), false },
        { new("accept", TcpFlags: "ack"), false },
        { new("discard"), false },
    };

    [Theory]
    [MemberData(nameof(SingleRules))]
    public void A_rule_lets_the_first_packet_from_the_desk_in_or_not(FirewallRule rule, bool open)
    {
        Assert.Equal(open, FirewallCheck.Blocked(Active(rule), Desk, 50000) is null);
    }

    [Fact]
    public void What_cannot_be_known_is_not_called_blocked()
    {
        var ours = new FirewallRule("accept", SourceIp: "198.51.100.0/24");
        Assert.Null(FirewallCheck.Blocked(Active(ours), source: null, 22));

        var others = new FirewallRule("discard", SourceIp: "203.0.113.0/24");
        Assert.Null(FirewallCheck.Blocked(Active(others, new FirewallRule("accept")), source: null, 22));

        // Half of our source ports: the connection may or may not be discarded.
        Assert.Null(FirewallCheck.Blocked(Active(new FirewallRule("discard", SourcePort: "1024-40000"), new FirewallRule("accept")), Desk, 22));
    }

    [Fact]
    public void IPv6_passes_unless_it_is_filtered_too()
    {
        var desk = IPAddress.Parse("2001:db8::7");

        Assert.Empty(Ports(Active(), desk));
        Assert.Equal([22, 50000], Ports(Active() with { FilterIPv6 = true }, desk));
        Assert.Equal([22, 50000], Ports(Active(Ssh) with { FilterIPv6 = true }, desk));
        Assert.Empty(Ports(Active(new FirewallRule("accept")) with { FilterIPv6 = true }, desk));
        Assert.Equal([50000], Ports(Active(Ssh), IPAddress.Parse("::ffff:198.51.100.7")));
    }

    private static int[] Ports(RobotFirewall firewall, IPAddress? source) => [.. FirewallCheck.Blocked(firewall, source).Select(b => b.Port)];
}
