using System.ComponentModel;
using System.Text;
using System.Text.RegularExpressions;

namespace Kronform.Provision.Ssh;

/// <summary>The ssh client of this machine, found and known to be new enough.</summary>
internal sealed partial record OpenSshProgram(string Path, string? Setsid)
{
    /// <summary>The first release with KnownHostsCommand, which is how a bare fingerprint is pinned without a scan.</summary>
    private static readonly Version s_oldest = new(8, 5);

    /// <exception cref="SshException"><see cref="SshFailure.Protocol"/>: missing, too old, or not OpenSSH.</exception>
    public static async Task<OpenSshProgram> FindAsync(string program, CancellationToken cancellation)
    {
        var path = Resolve(program) ?? throw new SshException(
            SshFailure.Protocol, $"The OpenSSH client ('{program}') is not installed on this machine; install the package openssh-client.");
        string answer;
        try
        {
            using var child = ChildProcess.Start(path, ["-V"], Environment());
            using var error = new StreamReader(child.Error, Encoding.UTF8);
            answer = (await error.ReadToEndAsync(cancellation)).Trim();
        }
        catch (Win32Exception e)
        {
            throw new SshException(SshFailure.Protocol, $"Starting the OpenSSH client {path}", e);
        }

        if (ParseVersion(answer) is not { } version)
            throw new SshException(SshFailure.Protocol, $"{path} is not an OpenSSH client: it calls itself '{answer}'.");
        if (version < s_oldest)
            throw new SshException(SshFailure.Protocol, $"{path} is OpenSSH {version}; {s_oldest} or newer is needed to pin host keys by fingerprint.");

        return new OpenSshProgram(path, Resolve("setsid"));
    }

    /// <summary>"OpenSSH_9.2p1 Debian-2, OpenSSL 3.0" is 9.2; null when it is something else.</summary>
    internal static Version? ParseVersion(string answer) =>
        VersionPattern().Match(answer) is { Success: true } match
            ? new Version(int.Parse(match.Groups[1].Value), int.Parse(match.Groups[2].Value))
            : null;

    /// <summary>
    /// A child in a session of its own where setsid exists: a Ctrl-C on our terminal must reach us and not ssh, so that the far
    /// process can still be ended over a living connection.
    /// </summary>
    public ChildProcess Start(IEnumerable<string> command, bool agent)
    {
        string[] all = Setsid is null ? [.. command] : [Setsid, .. command];
        try
        {
            return ChildProcess.Start(all[0], all[1..], Environment(agent));
        }
        catch (Win32Exception e)
        {
            throw new SshException(SshFailure.Protocol, $"Starting {all[0]}", e);
        }
    }

    private static Dictionary<string, string> Environment(bool agent = false)
    {
        var environment = new Dictionary<string, string>
        {
            // Messages are parsed; and ssh runs its local commands with SHELL.
            ["LC_ALL"] = "C",
            ["SHELL"] = "/bin/sh",
        };
        foreach (var name in (string[])["PATH", "HOME", "USER", "LOGNAME", .. agent ? ["SSH_AUTH_SOCK"] : Array.Empty<string>()])
        {
            if (System.Environment.GetEnvironmentVariable(name) is { } value)
                environment[name] = value;
        }

        return environment;
    }

    private static string? Resolve(string program) =>
        program.Contains('/')
            ? (File.Exists(program) ? program : null)
            : (System.Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':', StringSplitOptions.RemoveEmptyEntries)
                .Select(folder => System.IO.Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    [GeneratedRegex(@"^OpenSSH_(?:for_Windows_)?(\d+)\.(\d+)")]
    private static partial Regex VersionPattern();
}
