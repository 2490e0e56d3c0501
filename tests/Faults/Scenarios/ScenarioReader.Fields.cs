using System.Globalization;
using System.Text.RegularExpressions;
using Kronform.Provision.Cluster;
using Kronform.Provision.Faults.World;
using Kronform.Provision.VirtualRack.Robot;

namespace Kronform.Provision.Faults.Scenarios;

internal sealed partial class ScenarioReader
{
    private RobotPlan Robot(ConfigSection s) => new()
    {
        Faults = [.. s.Texts("faults", "METHOD WHERE WHAT [xN]").Select(t => RobotFault(s, t)).OfType<RobotFault>()],
        Limits = s.Texts("limits", "BUCKET=NUMBER").Select(t => Limit(s, t)).OfType<KeyValuePair<string, int>>().ToDictionary(),
        Latency = Duration(s, "latency") ?? TimeSpan.Zero,
        OtherBoot = s.Text("otherBoot", "linux or vnc"),
        Cancelled = s.Flag("cancelled"),
        Status = s.Text("status", "ready or in process") ?? "ready",
        CanReset = !s.Flag("cannotReset"),
        CanRescue = !s.Flag("cannotRescue"),
        WrongPassword = s.Flag("wrongPassword"),
        UnknownServer = s.Flag("unknownServer"),
        OtherAddress = s.Flag("otherAddress"),
        Unreachable = s.Flag("unreachable"),
        Firewall = s.Flag("firewall"),
    };

    private RobotFault? RobotFault(ConfigSection s, string text)
    {
        var match = RobotWords().Match(text);
        if (!match.Success || !Enum.TryParse(match.Groups[3].Value, out Misbehaviour what))
        {
            Problem(s, "faults", $"\"{text}\" is no fault", $"write METHOD WHERE WHAT [xN], WHAT one of {string.Join(", ", Enum.GetNames<Misbehaviour>())}");
            return null;
        }

        string? path = match.Groups[2].Value switch
        {
            "any" => null,
            "server" => "/server/321",
            "reset" => "/reset/321",
            "boot" => "/boot/321",
            "rescue" => "/boot/321/rescue",
            "last" => "/boot/321/rescue/last",
            "key" => "/key",
            "firewall" => "/firewall/321",
            var other => other,
        };
        string? method = match.Groups[1].Value is "ANY" ? null : match.Groups[1].Value;
        return new RobotFault(what, method, path, match.Groups[4].Success ? int.Parse(match.Groups[4].Value, CultureInfo.InvariantCulture) : null);
    }

    private KeyValuePair<string, int>? Limit(ConfigSection s, string text)
    {
        if (text.Split('=') is [var bucket, var number] && Enum.TryParse<RateBucket>(bucket, out _) && int.TryParse(number, out int limit)) return new(bucket, limit);
        Problem(s, "limits", $"\"{text}\" is no limit", $"write BUCKET=NUMBER, BUCKET one of {string.Join(", ", Enum.GetNames<RateBucket>())}");
        return null;
    }

    private SshFault? Ssh(ConfigSection s, string text)
    {
        var match = SshWords().Match(text);
        if (match.Success)
            return new SshFault(match.Groups[1].Value, match.Groups[2].Value, match.Groups[4].Success ? match.Groups[4].Value : null, match.Groups[3].Success ? int.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture) : 1);
        Problem(s, "ssh", $"\"{text}\" is no fault", "write WHERE WHAT [xN] [after TEXT]");
        return null;
    }

    private void Problem(ConfigSection s, string key, string message, string remedy)
    {
        _ok = false;
        s.Report(key, message, remedy);
    }

    private static T? Sub<T>(ConfigSection s, string key, Func<ConfigSection, T> read) where T : class
    {
        if (!s.Has(key) || s.Section(key, "write a map") is not { } sub) return null;
        var value = read(sub);
        sub.RejectUnknownKeys();
        return value;
    }

    private string OneOf(ConfigSection s, string key, string standard, params string[] known)
    {
        if (s.Text(key, $"one of {string.Join(", ", known)}") is not { } text) return standard;
        return Known(s, key, text, known);
    }

    private string Known(ConfigSection s, string key, string text, params string[] known)
    {
        if (!known.Contains(text)) Problem(s, key, $"\"{text}\" is not known", $"one of {string.Join(", ", known)}");
        return text;
    }

    private double Number(ConfigSection s, string key, double standard)
    {
        if (s.Text(key, "a number") is not { } text) return standard;
        if (double.TryParse(text, CultureInfo.InvariantCulture, out double number)) return number;
        Problem(s, key, $"\"{text}\" is no number", "write a number");
        return standard;
    }

    private int? Maybe(ConfigSection s, string key) => s.Has(key) ? (int)Number(s, key, 0) : null;

    private TimeSpan? Duration(ConfigSection s, string key)
    {
        if (s.Text(key, "a duration such as 90s") is not { } text) return null;
        try
        {
            return Durations.Parse(text);
        }
        catch (FormatException e)
        {
            Problem(s, key, e.Message, "write 250ms, 90s, 6m or 2h");
            return null;
        }
    }

    [GeneratedRegex(@"^(GET|POST|DELETE|ANY) (\S+) (\w+)(?: x(\d+))?$")]
    private static partial Regex RobotWords();

    [GeneratedRegex(@"^(connect|proof|deliver|inventory|write|verify|neutralise|reboot) (refuse|no-answer|garbage|key|cut|reset|stall)(?: x(\d+))?(?: after (.+))?$")]
    private static partial Regex SshWords();
}
