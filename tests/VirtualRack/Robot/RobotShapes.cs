using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Kronform.Provision.VirtualRack.Robot;

/// <summary>Robot's documents as the service writes them, oddities included. Pure.</summary>
internal static class RobotShapes
{
    public static readonly string[] RescueSystems = ["linux", "linuxold", "linuxbeta", "vkvm", "vkvmbeta"];

    public static JsonObject Server(int number, RobotServerEntry entry, bool withFlags)
    {
        var ip = IPv4(entry);
        var net = IPv6Net(number, entry);
        var server = Identity(number, entry);
        server["server_name"] = entry.Name;
        server["product"] = entry.Product;
        server["dc"] = entry.Datacenter;
        server["traffic"] = "unlimited";
        server["status"] = entry.Status;
        server["cancelled"] = entry.Cancelled;
        server["paid_until"] = "2030-01-01";
        server["ip"] = ip is null ? null : new JsonArray(ip);
        server["subnet"] = new JsonArray(new JsonObject { ["ip"] = net, ["mask"] = "64" });
        if (withFlags)
        {
            server["reset"] = entry.CanReset;
            server["rescue"] = entry.CanRescue;
            foreach (var flag in new[] { "vnc", "wol" })
                server[flag] = true;
            foreach (var flag in new[] { "windows", "plesk", "cpanel", "hot_swap" })
                server[flag] = false;
            server["linked_storagebox"] = null;
        }

        return Wrapped("server", server);
    }

    public static JsonObject Reset(int number, RobotServerEntry entry, bool withStatus)
    {
        var reset = Identity(number, entry);
        reset["type"] = Strings(entry.ResetTypes);
        if (withStatus)
        {
            // "not supported" goes with servers that are reset over the keyboard line.
            reset["operating_status"] = entry.ResetTypes.Contains("sw") ? "not supported" : entry.Hardware.PoweredOn ? "running" : "shut off";
        }

        return Wrapped("reset", reset);
    }

    /// <summary>The type is a string here, and the server's number is missing as in the documented sample.</summary>
    public static JsonObject Pressed(int number, RobotServerEntry entry, string type)
    {
        var reset = Identity(number, entry);
        reset.Remove("server_number");
        reset["type"] = type;
        return Wrapped("reset", reset);
    }

    /// <summary><c>os</c> and <c>arch</c> are lists of what could be when nothing is activated, and what is when something is.</summary>
    public static JsonObject Rescue(int number, RobotServerEntry entry, Activation? activation, bool active)
    {
        var rescue = Identity(number, entry);
        rescue["os"] = activation is null ? Strings(RescueSystems) : activation.Os;
        rescue["arch"] = activation is null ? new JsonArray(64, 32) : 64;
        rescue["active"] = active;
        rescue["password"] = active ? activation?.Password : null;
        rescue["authorized_key"] = new JsonArray([.. (activation?.Keys ?? []).Select(k => Wrapped("key", KeyReference(k)))]);
        rescue["host_key"] = new JsonArray([.. (activation?.HostKeys ?? []).Select(k => Wrapped("key", new JsonObject
        {
            ["fingerprint"] = k.Sha256Fingerprint,
            ["type"] = k.Type,
            ["size"] = k.Bits,
        }))]);
        rescue["boot_time"] = activation?.BootTime;
        return Wrapped("rescue", rescue);
    }

    /// <summary>The unattended installers, of which this program needs only whether one is active.</summary>
    public static JsonObject Installer(int number, RobotServerEntry entry, string kind, bool active)
    {
        var installer = Identity(number, entry);
        string[] systems = ["Debian 12 base", "Ubuntu 24.04 LTS base"];
        installer["dist"] = active ? systems[0] : Strings(systems);
        installer["lang"] = active ? "en" : Strings(["en"]);
        installer["active"] = active;
        installer["password"] = null;
        if (kind == "linux")
        {
            installer["authorized_key"] = new JsonArray();
            installer["host_key"] = new JsonArray();
        }

        return installer;
    }

    public static JsonObject Key(StoredKey key)
    {
        var body = KeyReference(key);
        body["data"] = key.Line;
        return Wrapped("key", body);
    }

    public static JsonObject Firewall(int number, RobotServerEntry entry, FirewallEntry firewall)
    {
        JsonNode Rules(IEnumerable<JsonObject> rules) => firewall.RulesAsObject
            ? new JsonObject(rules.Select((r, i) => KeyValuePair.Create(i.ToString(), (JsonNode?)r)))
            : new JsonArray([.. rules]);

        return Wrapped("firewall", new JsonObject
        {
            ["server_ip"] = IPv4(entry),
            ["server_number"] = number,
            ["status"] = firewall.Status,
            ["filter_ipv6"] = firewall.FilterIPv6,
            ["whitelist_hos"] = firewall.AllowsHetznerServices,
            ["port"] = "main",
            ["rules"] = new JsonObject
            {
                ["input"] = Rules(firewall.Input.Select(Rule)),
                ["output"] = Rules([Rule(new FirewallRuleEntry("accept", "Allow all", IpVersion: null))]),
            },
        });
    }

    public static JsonObject Ip(int number, RobotServerEntry entry)
    {
        var address = entry.Address.ToString();
        return Wrapped("ip", new JsonObject
        {
            ["ip"] = address,
            ["server_ip"] = address,
            ["server_number"] = number,
            ["locked"] = false,
            ["separate_mac"] = null,
            ["traffic_warnings"] = false,
            ["traffic_hourly"] = 200,
            ["traffic_daily"] = 2000,
            ["traffic_monthly"] = 20,
            ["gateway"] = (entry.Gateway ?? Edge(entry, last: false)).ToString(),
            ["mask"] = entry.PrefixLength,
            ["broadcast"] = Edge(entry, last: true).ToString(),
        });
    }

    private static JsonObject Rule(FirewallRuleEntry rule) => new()
    {
        ["ip_version"] = rule.IpVersion,
        ["name"] = rule.Name,
        ["dst_ip"] = null,
        ["src_ip"] = rule.SourceIp,
        ["dst_port"] = rule.DestinationPort,
        ["src_port"] = null,
        ["protocol"] = rule.Protocol,
        ["tcp_flags"] = rule.TcpFlags,
        ["action"] = rule.Action,
    };

    private static JsonObject KeyReference(StoredKey key) => new()
    {
        ["name"] = key.Name,
        ["fingerprint"] = key.Fingerprint,
        ["type"] = key.Type,
        ["size"] = key.Size,
        ["created_at"] = key.CreatedAt,
    };

    private static JsonObject Identity(int number, RobotServerEntry entry) => new()
    {
        ["server_ip"] = IPv4(entry),
        ["server_ipv6_net"] = IPv6Net(number, entry),
        ["server_number"] = number,
    };

    private static string? IPv4(RobotServerEntry entry) =>
        entry.Address.AddressFamily == AddressFamily.InterNetwork ? entry.Address.ToString() : null;

    private static string IPv6Net(int number, RobotServerEntry entry)
    {
        if (IPv4(entry) is not null)
            return $"2a01:4f8:{number >> 16 & 0xffff:x}:{number & 0xffff:x}::";
        var bytes = entry.Address.GetAddressBytes();
        Array.Clear(bytes, 8, 8);
        return new IPAddress(bytes).ToString();
    }

    /// <summary>First usable or broadcast address of the server's IPv4 network.</summary>
    private static IPAddress Edge(RobotServerEntry entry, bool last)
    {
        var bytes = entry.Address.GetAddressBytes();
        var hosts = entry.PrefixLength == 0 ? uint.MaxValue : (1u << (32 - entry.PrefixLength)) - 1;
        var address = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes, last ? address | hosts : (address & ~hosts) + 1);
        return new IPAddress(bytes);
    }

    private static JsonObject Wrapped(string name, JsonObject value) => new() { [name] = value };

    private static JsonArray Strings(IEnumerable<string> values) => new([.. values.Select(v => (JsonNode)v)]);
}
