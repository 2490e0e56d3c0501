using System.Net;
using System.Text.Json;

namespace Kronform.Provision.Servers;

/// <summary>The body of a success is not what was asked for.</summary>
/// <param name="isJson">False for HTML pages, empty bodies and cut replies, which a proxy or a maintenance page can cause.</param>
internal sealed class RobotFormatException(string message, bool isJson) : Exception(message)
{
    public bool IsJson { get; } = isJson;
}

/// <summary>Robot's documents, from text to record. Pure; all knowledge of their shapes is here and in <see cref="RobotElement"/>.</summary>
internal static class RobotDocument
{
    public static RobotServer Server(string body, int asked) => Server(Object(body, "server"), asked);

    public static IReadOnlyList<RobotServer> Servers(string body) =>
        [.. List(body).Select(e => Server(e.Unwrapped("server"), asked: null))];

    public static ResetOptions Reset(string body, int asked)
    {
        var reset = Object(body, "reset");
        return new ResetOptions(NumberOf(reset, asked), Required(reset.Texts("type"), "type"), reset.Text("operating_status"));
    }

    /// <summary>The type Robot says it pressed.</summary>
    public static string Pressed(string body, int asked)
    {
        var reset = Object(body, "reset");
        NumberOf(reset, asked);
        // A list where the button pressed should be is the answer to a GET, not to a press.
        return reset.Text("type") ?? throw new RobotFormatException("the answer names no single reset type", isJson: true);
    }

    public static RescueActivation Rescue(string body, int asked) => Rescue(Object(body, "rescue"), asked);

    public static BootConfiguration Boot(string body, int asked)
    {
        var boot = Object(body, "boot");
        var kinds = boot.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Object).ToList();
        foreach (var kind in kinds)
            NumberOf(kind.Value, asked);

        var active = kinds.Where(k => k.Value.Flag("active") == true).Select(k => k.Name).FirstOrDefault();
        var rescue = boot.Member("rescue");
        return new BootConfiguration(active, rescue.ValueKind == JsonValueKind.Object ? Rescue(rescue, asked) : null);
    }

    public static RobotKey Key(string body) => Key(Object(body, "key"));

    public static IReadOnlyList<RobotKey> Keys(string body) => [.. List(body).Select(e => Key(e.Unwrapped("key")))];

    public static RobotFirewall Firewall(string body, int asked)
    {
        var firewall = Object(body, "firewall");
        NumberOf(firewall, asked);
        var rules = firewall.Member("rules");
        return new RobotFirewall(
            firewall.Text("status") ?? throw new RobotFormatException("the answer has no status", isJson: true),
            firewall.Text("server_ip"),
            firewall.Flag("filter_ipv6") ?? false,
            firewall.Flag("whitelist_hos") ?? false,
            [.. rules.Items("input").Select(Rule)],
            [.. rules.Items("output").Select(Rule)]);
    }

    public static RobotIp Ip(string body)
    {
        // The wrapper and its first member share the name "ip".
        var ip = Object(body, "ip");
        return new RobotIp(
            Address(ip.Text("ip")) ?? throw new RobotFormatException("the answer has no address", isJson: true),
            ip.Number("server_number"),
            Address(ip.Text("gateway")),
            ip.Number("mask"),
            ip.Flag("locked") ?? false,
            ip.Text("separate_mac"));
    }

    private static RobotServer Server(JsonElement server, int? asked) => new(
        NumberOf(server, asked),
        server.Text("server_name") ?? "",
        server.Text("product") ?? "",
        server.Text("dc") ?? "",
        server.Text("status") ?? "",
        server.Flag("cancelled") ?? false,
        Address(server.Text("server_ip")),
        Address(server.Text("server_ipv6_net")),
        [.. server.Texts("ip").Select(Address).OfType<IPAddress>()],
        server.Flag("reset"),
        server.Flag("rescue"));

    private static RescueActivation Rescue(JsonElement rescue, int asked)
    {
        // One scalar when something is activated, a list of what could be when not.
        var os = rescue.Member("os");
        var chosen = os.Scalar();
        var active = rescue.Flag("active") ?? throw new RobotFormatException("the answer does not say whether the rescue is active", isJson: true);
        return new RescueActivation(
            NumberOf(rescue, asked),
            active,
            chosen,
            chosen is null ? rescue.Texts("os") : [],
            [.. rescue.Items("authorized_key").Select(Fingerprint).OfType<string>().Select(f => f.ToLowerInvariant())],
            [.. rescue.Items("host_key").Select(HostKey).OfType<RescueHostKey>()],
            rescue.Text("boot_time") is { } time ? new RescueBootTime(time) : null);
    }

    private static RescueHostKey? HostKey(JsonElement element)
    {
        var fingerprint = Fingerprint(element);
        if (fingerprint is null)
            return null;
        if (fingerprint.StartsWith("SHA256:", StringComparison.OrdinalIgnoreCase))
            fingerprint = fingerprint["SHA256:".Length..];
        fingerprint = fingerprint.TrimEnd('=');
        // 32 bytes are 43 characters. Anything else (an MD5 form, say) cannot be pinned and must not look as if it could.
        if (fingerprint.Length != 43 || fingerprint.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('+' or '/')))
            return null;
        var key = element.Unwrapped("key");
        return new RescueHostKey(key.Text("type"), key.Number("size"), fingerprint);
    }

    private static string? Fingerprint(JsonElement element) => element.Scalar() ?? element.Unwrapped("key").Text("fingerprint");

    private static RobotKey Key(JsonElement key) => new(
        key.Text("name") ?? "",
        key.Text("fingerprint")?.ToLowerInvariant() ?? throw new RobotFormatException("the answer has no fingerprint", isJson: true),
        key.Text("type"),
        key.Number("size"));

    private static FirewallRule Rule(JsonElement rule) => new(
        rule.Text("action") ?? "",
        rule.Text("name"),
        rule.Text("ip_version"),
        rule.Text("src_ip"),
        rule.Text("dst_ip"),
        rule.Text("src_port"),
        rule.Text("dst_port"),
        rule.Text("protocol"),
        rule.Text("tcp_flags"));

    private static IPAddress? Address(string? text) => IPAddress.TryParse(text, out var address) ? address : null;

    /// <summary>Some replies omit the number; one that names another server must not be taken for the server asked about.</summary>
    private static int NumberOf(JsonElement element, int? asked)
    {
        var told = element.Number("server_number");
        if (told is not null && asked is not null && told != asked)
            throw new RobotFormatException($"the answer is about server {told}", isJson: true);
        return told ?? asked ?? throw new RobotFormatException("an entry has no server number", isJson: true);
    }

    private static IReadOnlyList<string> Required(IReadOnlyList<string> values, string name) =>
        values.Count > 0 ? values : throw new RobotFormatException($"the answer has no {name}", isJson: true);

    private static JsonElement Object(string body, string wrapper)
    {
        // Everything this program asks for comes wrapped; a bare object is something else (an error, a vSwitch).
        return Parse(body).Member(wrapper) is { ValueKind: JsonValueKind.Object } value
            ? value
            : throw new RobotFormatException($"the answer holds no {wrapper} object", isJson: true);
    }

    private static IReadOnlyList<JsonElement> List(string body)
    {
        var root = Parse(body);
        return root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray()] : throw new RobotFormatException("the answer is not a list", isJson: true);
    }

    private static JsonElement Parse(string body)
    {
        try
        {
            return JsonElement.Parse(body);
        }
        catch (JsonException)
        {
            // Not as inner exception: its text may quote the body, and the reply to an arming holds a password.
            throw new RobotFormatException("the answer is not JSON", isJson: false);
        }
    }
}
