using System.Globalization;

namespace Kronform.Provision.Ssh;

/// <summary>The command lines of ssh. Nothing of the user's configuration takes part.</summary>
internal static class OpenSshArguments
{
    /// <summary>What the master prints once it is logged in and its control socket listens.</summary>
    public const string Ready = "ready";

    /// <summary>
    /// Holds the connection. The local command runs after login and after the socket listens, so its output is the ready signal.
    /// </summary>
    /// <param name="target">Where to, and as whom.</param>
    /// <param name="options">Keep-alive.</param>
    /// <param name="refusedKeyTypes">Host key types already seen not to match a pin; the server is then asked for another.</param>
    /// <param name="socket">Path of the control socket.</param>
    /// <param name="log">Path of the log.</param>
    public static IEnumerable<string> Master(
        SshTarget target, OpenSshOptions options, IReadOnlyCollection<string> refusedKeyTypes, string socket, string log) =>
    [
        "-F", "none", "-M", "-S", socket, "-N", "-T", "-v", "-E", log,
        .. Settings(
            "ControlPersist=no",
            "BatchMode=yes",
            "PreferredAuthentications=publickey",
            "IdentitiesOnly=yes",
            "UserKnownHostsFile=/dev/null",
            "GlobalKnownHostsFile=/dev/null",
            "StrictHostKeyChecking=yes",
            "UpdateHostKeys=no",
            "VerifyHostKeyDNS=no",
            "FingerprintHash=sha256",
            $"KnownHostsCommand={KnownHosts(target.HostKeySha256)}",
            $"ConnectTimeout={WholeSeconds(target.ConnectTimeout)}",
            "ConnectionAttempts=1",
            $"ServerAliveInterval={WholeSeconds(options.KeepAliveInterval)}",
            $"ServerAliveCountMax={options.KeepAliveCount}",
            // Measured: twice the throughput of the default chacha20 at half the cost. Images do not compress.
            "Ciphers=^aes128-gcm@openssh.com,aes256-gcm@openssh.com",
            "Compression=no",
            "ForwardAgent=no",
            "ForwardX11=no",
            "EscapeChar=none",
            "PermitLocalCommand=yes",
            $"LocalCommand=echo {Ready}"),
        .. refusedKeyTypes.Count == 0 ? [] : Settings($"HostKeyAlgorithms=-{string.Join(',', refusedKeyTypes.Select(Family))}"),
        .. Identity(target.Key),
        .. Destination(target),
    ];

    /// <summary>One command over the master's connection, and never over a second one: a vanished socket must not go unnoticed.</summary>
    public static IEnumerable<string> Command(SshTarget target, string socket, string log, string command) =>
    [
        // -vv: only debug level 2 says whether an exit status arrived, without which 255 has three meanings.
        "-F", "none", "-S", socket, "-T", "-vv", "-E", log,
        .. Settings("ControlMaster=no", "ProxyCommand=false", "BatchMode=yes", "ForwardAgent=no", "ForwardX11=no", "EscapeChar=none"),
        .. Destination(target),
        command,
    ];

    /// <summary>The host key types that fall away together when one of them does not match, as ssh's patterns.</summary>
    public static string Family(string keyType) =>
        keyType.Contains("ed25519", StringComparison.Ordinal) ? "*ed25519*"
        : keyType.Contains("ecdsa", StringComparison.Ordinal) ? "*ecdsa*"
        : keyType.Contains("rsa", StringComparison.Ordinal) ? "*rsa*"
        : keyType;

    /// <summary>
    /// ssh asks this program for the known keys of a host and tells it the fingerprint that was presented; it answers with the
    /// presented key if the fingerprint is pinned, else with nothing.
    /// </summary>
    private static string KnownHosts(IEnumerable<string> pins) =>
        $"/bin/sh -c 'for pin in {string.Join(' ', pins)}; do test \"$1\" = \"SHA256:$pin\" && echo \"$2 $3 $4\"; done; exit 0' pin %f %H %t %K";

    private static string[] Identity(SshKey key) =>
        key.PrivateKeyFile is { } file
            ? ["-o", "IdentityAgent=none", "-i", Literal(file)]
            : ["-i", Literal(key.PublicKeyFile)];

    /// <summary>ssh expands percent signs in the names of identity files.</summary>
    private static string Literal(string path) => Path.GetFullPath(path).Replace("%", "%%", StringComparison.Ordinal);

    private static string[] Destination(SshTarget target) =>
        ["-l", target.User, "-p", target.Port.ToString(CultureInfo.InvariantCulture), "--", target.Host];

    private static IEnumerable<string> Settings(params string[] settings) => settings.SelectMany(s => (string[])["-o", s]);

    private static int WholeSeconds(TimeSpan time) => Math.Max(1, (int)Math.Ceiling(time.TotalSeconds));
}
