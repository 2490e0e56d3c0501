using System.Text.RegularExpressions;
using Kronform.Provision.Ssh;

namespace Kronform.Provision.Cluster;

/// <summary>The sections of provision.yaml that stand once: cluster, robot and ssh.</summary>
internal static partial class ClusterSections
{
    private static readonly Uri RobotDefault = new("https://robot-ws.your-server.de");

    public static string? ReadName(ConfigSection cluster)
    {
        var name = cluster.Text("name", "the cluster's name", "write the cluster's name");
        if (name is null || NameShape().IsMatch(name)) return name;
        cluster.Report("name", $"\"{name}\" is not a name", "use letters, digits, dots and dashes");
        return null;
    }

    public static Uri? ReadEndpoint(ConfigSection cluster)
    {
        const string shape = "the Kubernetes API as https://host:6443";
        var text = cluster.Text("endpoint", shape, $"write {shape}");
        if (text is null) return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var endpoint) && endpoint.Scheme == Uri.UriSchemeHttps && endpoint.Host.Length > 0)
            return endpoint;
        cluster.Report("endpoint", $"\"{text}\" is not an https address", $"write {shape}");
        return null;
    }

    public static TalosVersion? ReadTalosVersion(ConfigSection cluster)
    {
        const string shape = "the release of the image, like v1.13.9";
        var text = cluster.Text("talosVersion", shape, $"write {shape}");
        if (text is null) return null;
        if (TalosVersion.TryParse(text) is { } version) return version;
        cluster.Report("talosVersion", $"\"{text}\" is not a Talos version", $"write {shape}");
        return null;
    }

    public static RobotAccess? ReadRobot(ConfigSection robot, ConfigPaths paths)
    {
        var url = RobotDefault;
        if (robot.Text("url", "Robot's address, or leave the key out") is { } text)
        {
            if (!WebAddress.TryParse(text, out url!))
                robot.Report("url", $"\"{text}\" is not an http address", $"leave the key out to use {RobotDefault.OriginalString}");
            else if (url.UserInfo.Length > 0)
                robot.Report("url", "holds a user name or password", "move them to username and password, as env or file");
        }

        var username = SecretSection.Read(robot, "username", "the Robot user name", "HROBOT_USERNAME", paths);
        var password = SecretSection.Read(robot, "password", "the Robot password", "HROBOT_PASSWORD", paths);
        robot.RejectUnknownKeys();
        return username is null || password is null || url is null ? null : new RobotAccess(url, username, password);
    }

    public static SshKey? ReadSsh(ConfigSection ssh, ConfigPaths paths)
    {
        var agent = ssh.Flag("agent");
        var privateKey = SshPath(ssh, "privateKey", "the path of the private key");
        var publicKey = SshPath(ssh, "publicKey", "the path of the .pub file");
        ssh.RejectUnknownKeys();

        if (agent && ssh.Has("privateKey"))
            ssh.Report("privateKey", "contradicts agent: true", "keep one of the two");
        if (agent && !ssh.Has("publicKey"))
            ssh.Report("agent", "is true, but publicKey is missing", "add publicKey: the .pub file that names which of the agent's keys to use");
        if (!agent && !ssh.Has("privateKey"))
            ssh.Report("privateKey", "is missing", "write the path of the private key, or agent: true with publicKey");

        publicKey ??= privateKey + ".pub";
        return new SshKey(agent || privateKey is null ? null : paths.Resolve(privateKey), paths.Resolve(publicKey));
    }

    /// <summary>The section may be missing.</summary>
    public static HealthRules ReadHealth(ConfigSection root)
    {
        if (root.Section("health", "write requireNodeReady: true or false below it, or leave the key out", required: false) is not { } health) return new HealthRules();
        bool? required = health.Has("requireNodeReady") ? health.Flag("requireNodeReady") : null;
        health.RejectUnknownKeys();
        return new HealthRules { RequireNodeReady = required };
    }

    private static string? SshPath(ConfigSection ssh, string key, string shape)
    {
        var path = ssh.Text(key, shape);
        if (path is null || !path.Contains("PRIVATE KEY", StringComparison.Ordinal)) return path;
        ssh.Report(key, "holds a key instead of a path", "write the key into a file of mode 600 and its path here");
        return null;
    }

    [GeneratedRegex(@"^[A-Za-z0-9]([A-Za-z0-9.-]{0,98}[A-Za-z0-9])?\z")]
    private static partial Regex NameShape();
}
