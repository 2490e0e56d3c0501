using System.Net;
using Kronform.Provision.Servers;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Servers;

public class RobotDocumentTests
{
    private const int Live = 3064816;

    [Fact]
    public void A_server_is_read_with_its_flags_and_addresses()
    {
        var server = RobotDocument.Server(RobotCaptures.Server, 321);

        Assert.Equal((321, "server1", "AX51-NVMe", "FSN1-DC16"), (server.Number, server.Name, server.Product, server.Datacenter));
        Assert.Equal((true, false, true, true), (server.IsReady, server.Cancelled, server.CanReset!.Value, server.CanRescue!.Value));
        Assert.Equal(IPAddress.Parse("123.123.123.123"), server.IPv4);
        Assert.Equal([IPAddress.Parse("123.123.123.123"), IPAddress.Parse("2a01:4f8:111:4221::2")], server.RescueAddresses);
    }

    [Fact]
    public void A_server_without_IPv4_has_only_its_IPv6_rescue_address()
    {
        var server = RobotDocument.Server(RobotCaptures.ServerWithoutIPv4, 321);

        Assert.Null(server.IPv4);
        Assert.Empty(server.Addresses);
        Assert.Equal([IPAddress.Parse("2a01:4f8:111:4221::2")], server.RescueAddresses);
        Assert.Equal((false, true, false), (server.IsReady, server.Cancelled, server.CanRescue!.Value));
    }

    [Theory]
    [InlineData("\"server_ip\":\"\",\"ip\":[]")]
    [InlineData("\"server_ip\":null,\"ip\":null")]
    [InlineData("\"x\":1")]
    public void An_empty_a_null_and_an_absent_address_are_the_same(string members)
    {
        var server = RobotDocument.Server($$$"""{"server":{{{{members}}},"subnet":null,"server_number":"321","status":"ready"}}""", 321);

        Assert.Null(server.IPv4);
        Assert.Empty(server.Addresses);
        Assert.Empty(server.RescueAddresses);
        Assert.Null(server.CanReset);
    }

    [Fact]
    public void An_answer_about_another_server_is_not_believed()
    {
        Assert.Contains("server 321", Assert.Throws<RobotFormatException>(() => RobotDocument.Server(RobotCaptures.Server, 322)).Message);
        Assert.Throws<RobotFormatException>(() => RobotDocument.Reset(RobotCaptures.Reset, 322));
        Assert.Throws<RobotFormatException>(() => RobotDocument.Rescue(RobotCaptures.RescueArmed, 322));
        Assert.Throws<RobotFormatException>(() => RobotDocument.Firewall(RobotCaptures.FirewallWithArrays, 322));
    }

    [Fact]
    public void Reset_types_are_a_list_when_asked_for_and_a_string_when_pressed()
    {
        var reset = RobotDocument.Reset(RobotCaptures.Reset, 321);

        Assert.Equal(["power", "power_long", "hw", "man"], reset.Types);
        Assert.Equal((true, false, false), (reset.Offers(ResetType.Hardware), reset.Offers(ResetType.Software), reset.IsShutOff));
        Assert.Equal("hw", RobotDocument.Pressed(RobotCaptures.Pressed, 321));
        Assert.Throws<RobotFormatException>(() => RobotDocument.Pressed(RobotCaptures.Reset, 321));
    }

    [Theory]
    [InlineData("\"shut off\"", "shut off", true)]
    [InlineData("\"not supported\"", "not supported", false)]
    [InlineData("\"something new\"", "something new", false)]
    [InlineData("null", null, false)]
    public void Operating_status_is_an_open_set(string json, string? expected, bool shutOff)
    {
        var reset = RobotDocument.Reset($$$"""{"reset":{"type":["sw","hw"],"operating_status":{{{json}}}}}""", 7);

        Assert.Equal((7, expected, shutOff), (reset.Number, reset.OperatingStatus, reset.IsShutOff));
    }

    [Fact]
    public void An_inactive_rescue_lists_what_it_could_be()
    {
        var rescue = RobotDocument.Rescue(RobotCaptures.RescueInactive, 321);

        Assert.False(rescue.Active);
        Assert.Null(rescue.Os);
        Assert.Equal(["linux", "linuxold", "linuxbeta", "vkvm", "vkvmbeta"], rescue.AvailableOs);
        Assert.Empty(rescue.AuthorizedKeys);
        Assert.Null(rescue.BootTime);
    }

    [Fact]
    public void An_armed_rescue_names_its_keys_and_has_no_host_keys_yet()
    {
        var rescue = RobotDocument.Rescue(RobotCaptures.RescueArmed, Live);

        Assert.Equal((true, "linux"), (rescue.Active, rescue.Os));
        Assert.Equal(["2e:3a:a9:88:8e:d8:71:f5:49:6c:0e:f1:e9:cf:8f:07"], rescue.AuthorizedKeys);
        Assert.Empty(rescue.HostKeys);
        Assert.DoesNotContain("Xh3kPq9wRt5vZn2m", rescue.ToString());
    }

    [Fact]
    public void A_booted_rescue_has_reported_its_host_keys()
    {
        var rescue = RobotDocument.Rescue(RobotCaptures.RescueBooted, Live);

        Assert.Equal((false, "linux"), (rescue.Active, rescue.Os));
        Assert.Equal(
            [
                new RescueHostKey("ECDSA", 256, "8ijQygHkVNoJZ1X6W6FZkwMBm+8PI9YyXp869pqgaCw"),
                new RescueHostKey("ED25519", 256, "qOAc/pn+7Qj7QKCIxwoMdK1W5qPfChYX0F0NO4WI3NY"),
                new RescueHostKey("RSA", 3072, "K2MDCUI5mQxxpNCSsUPbjm1lm7Sq2BYUOsysIthpSa8"),
            ],
            rescue.HostKeys);
        Assert.Equal("2026-09-08 19:09:11", rescue.BootTime!.Raw);
    }

    [Theory]
    // As one client types them: plain strings.
    [InlineData("[\"8ijQygHkVNoJZ1X6W6FZkwMBm+8PI9YyXp869pqgaCw\"]", 1)]
    [InlineData("[\"SHA256:8ijQygHkVNoJZ1X6W6FZkwMBm+8PI9YyXp869pqgaCw=\"]", 1)]
    [InlineData("{\"0\":{\"key\":{\"fingerprint\":\"8ijQygHkVNoJZ1X6W6FZkwMBm+8PI9YyXp869pqgaCw\"}}}", 1)]
    [InlineData("[{\"fingerprint\":\"8ijQygHkVNoJZ1X6W6FZkwMBm+8PI9YyXp869pqgaCw\"}]", 1)]
    // Nothing that could be pinned: an MD5 form, a whole key, nothing.
    [InlineData("[\"2e:3a:a9:88:8e:d8:71:f5:49:6c:0e:f1:e9:cf:8f:07\",\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINY\",{},null,7]", 0)]
    [InlineData("null", 0)]
    public void Host_keys_come_in_many_wrappings_and_only_SHA256_fingerprints_count(string hostKeys, int count)
    {
        var rescue = RobotDocument.Rescue($$$"""{"rescue":{"os":"linux","active":"0","host_key":{{{hostKeys}}}}}""", 1);

        Assert.False(rescue.Active);
        Assert.Equal(count, rescue.HostKeys.Count);
        Assert.All(rescue.HostKeys, k => Assert.Equal("8ijQygHkVNoJZ1X6W6FZkwMBm+8PI9YyXp869pqgaCw", k.Sha256Fingerprint));
    }

    [Theory]
    [InlineData("\"rescue\":null,\"linux\":{\"active\":false},\"vnc\":null", null, false)]
    [InlineData("\"rescue\":{\"active\":false,\"os\":[\"linux\"]},\"linux\":{\"active\":true,\"dist\":\"Debian\"}", "linux", true)]
    [InlineData("\"rescue\":{\"active\":true,\"os\":\"linux\"},\"plesk\":null", "rescue", true)]
    [InlineData("\"something_new\":{\"active\":true}", "something_new", false)]
    public void A_boot_configuration_says_which_kind_is_active(string members, string? active, bool hasRescue)
    {
        var boot = RobotDocument.Boot($$$"""{"boot":{{{{members}}}}}""", 321);

        Assert.Equal(active, boot.ActiveKind);
        Assert.Equal(hasRescue, boot.Rescue is not null);
    }

    [Fact]
    public void Keys_are_read_alone_and_in_lists()
    {
        var key = new RobotKey("key2", "15:28:b0:03:95:f0:77:b3:10:56:15:6b:77:22:a5:bb", "ED25519", 256);

        Assert.Equal(key, RobotDocument.Key(RobotCaptures.Key));
        Assert.Equal([key, key], RobotDocument.Keys($"[{RobotCaptures.Key},{RobotCaptures.Key}]"));
        Assert.Equal([321], RobotDocument.Servers($"[{RobotCaptures.Server}]").Select(s => s.Number));
    }

    [Fact]
    public void Firewall_rules_are_read_from_arrays_and_from_objects()
    {
        var arrays = RobotDocument.Firewall(RobotCaptures.FirewallWithArrays, 321);
        Assert.Equal(("active", false, true), (arrays.Status, arrays.FilterIPv6, arrays.AllowsHetznerServices));
        Assert.Equal([new FirewallRule("accept", "rule 1", "ipv4", SourceIp: "1.1.1.1", DestinationPort: "80")], arrays.Input);
        Assert.Equal([new FirewallRule("accept", "Allow all")], arrays.Output);

        var objects = RobotDocument.Firewall(RobotCaptures.FirewallWithObjects, 321);
        Assert.Equal(("in process", true), (objects.Status, objects.FilterIPv6));
        Assert.Equal([new FirewallRule("accept", "rule 1", "ipv4", DestinationPort: "80"), new FirewallRule("discard")], objects.Input);

        Assert.Empty(RobotDocument.Firewall(RobotCaptures.FirewallCleared, 321).Input);
    }

    [Fact]
    public void An_address_is_read_with_its_network()
    {
        var ip = RobotDocument.Ip(RobotCaptures.Ip);

        Assert.Equal((IPAddress.Parse("123.123.123.65"), 26, 321), (ip.Gateway, ip.Prefix!.Value, ip.ServerNumber!.Value));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData(RobotCaptures.Page, false)]
    [InlineData("{\"rescue\":{\"os\":\"linux\",\"active\":tr", false)]
    [InlineData("[]", true)]
    [InlineData("{}", true)]
    [InlineData("{\"rescue\":[]}", true)]
    [InlineData("{\"rescue\":{}}", true)]
    [InlineData("{\"active\":true}", true)]
    public void What_is_not_a_rescue_object_is_never_taken_for_one(string body, bool isJson)
    {
        Assert.Equal(isJson, Assert.Throws<RobotFormatException>(() => RobotDocument.Rescue(body, 1)).IsJson);
    }

    [Fact]
    public void A_cut_reply_that_holds_a_password_is_not_quoted()
    {
        var cut = RobotCaptures.RescueArmed[..RobotCaptures.RescueArmed.IndexOf("host_key", StringComparison.Ordinal)];

        Assert.DoesNotContain("Xh3k", Assert.Throws<RobotFormatException>(() => RobotDocument.Rescue(cut, Live)).ToString());
    }
}
