using System.Text.RegularExpressions;

namespace Kronform.Provision.Ssh;

/// <summary>
/// Reads the log ssh writes with -E and -v. The words are those of OpenSSH 8.5 to 9.x with LC_ALL=C; what is not recognised ends
/// as <see cref="SshFailure.Protocol"/> before the login and as <see cref="SshFailure.ConnectionLost"/> after it.
/// </summary>
internal static partial class OpenSshLog
{
    /// <summary>Why the master ended.</summary>
    public static OpenSshDiagnosis Diagnose(string log)
    {
        var spoken = Spoken(log);
        var (failure, sign) = Classify(log, spoken);
        var reason = sign ?? (spoken.Length > 0 ? spoken[^1] : "ssh ended without a word");
        return Presented(log) is { } key
            ? new OpenSshDiagnosis(failure, reason, key.Type, key.Fingerprint)
            : new OpenSshDiagnosis(failure, reason, null, null);
    }

    /// <summary>Why the master was not ready in time. A peer that never named itself counts as no answer at all.</summary>
    public static OpenSshDiagnosis DiagnoseSilence(string log)
    {
        var (failure, reason) =
            NamedItself(log) ? (SshFailure.ConnectionLost, "the server fell silent before the login was complete")
            : log.Contains("debug1: Connection established.", StringComparison.Ordinal) ? (SshFailure.Unreachable, "the port accepts connections and stays silent")
            : (SshFailure.Unreachable, "no answer");
        return new OpenSshDiagnosis(failure, reason, Presented(log)?.Type, Presented(log)?.Fingerprint);
    }

    /// <summary>How a command ended; <paramref name="master"/> is what the master logged since the command's start.</summary>
    public static OpenSshExit Exit(string client, string master)
    {
        if (ExitStatus().Match(client) is { Success: true } status)
            return new OpenSshExit.Status(int.Parse(status.Groups[1].Value));
        if (client.Contains("Session open refused by peer", StringComparison.Ordinal)
            || client.Contains("session request failed", StringComparison.Ordinal))
            return new OpenSshExit.ChannelRefused();
        return Channel().Match(client) is { Success: true } channel
            && Regex.IsMatch(master, $@"^debug1: client_input_channel_req: channel {channel.Groups[1].Value} rtype exit-signal ", RegexOptions.Multiline)
                ? new OpenSshExit.Signal()
                : new OpenSshExit.Lost();
    }

    private static (SshFailure Failure, string? Sign) Classify(string log, string[] spoken)
    {
        string? Find(params string[] signs) => spoken.FirstOrDefault(line => signs.Any(s => line.Contains(s, StringComparison.Ordinal)));

        if (Find("connect to host ") is { } connect)
            return (connect.EndsWith("Connection refused", StringComparison.Ordinal) ? SshFailure.Refused : SshFailure.Unreachable, connect);
        if (Find("Could not resolve hostname") is { } name)
            return (SshFailure.Unreachable, name);
        if (Find("Authenticated to ") is not null)
            return (SshFailure.ConnectionLost, spoken.LastOrDefault(IsEnding));
        if (Find("Host key verification failed", "no matching host key type found") is { } key)
            return (SshFailure.HostKeyMismatch, key);
        if (Find("Permission denied (", "Too many authentication failures", "No supported authentication methods available") is { } denied)
            return (SshFailure.AuthenticationFailed, string.Join("; ", spoken.Where(IsAboutKeys).Append(denied)));
        if (Find("banner line contains invalid characters", "banner line too long", "No SSH identification string", "Protocol major versions differ", "Unable to negotiate") is { } foreign)
            return (SshFailure.Protocol, foreign);
        if (!NamedItself(log))
        {
            if (BannerLine().Match(log) is { Success: true } banner)
                return (SshFailure.Protocol, $"the peer does not speak SSH, it said: {banner.Groups[1].Value}");
            if (Find("timed out") is { } silent)
                return (SshFailure.Unreachable, silent);
        }

        return spoken.LastOrDefault(IsEnding) is { } ending ? (SshFailure.ConnectionLost, ending) : (SshFailure.Protocol, null);
    }

    private static bool IsEnding(string line) => Ending().IsMatch(line);

    /// <summary>Says why a key was not even tried; without it "Permission denied" sends the operator to the wrong machine.</summary>
    private static bool IsAboutKeys(string line) =>
        line.StartsWith("Load key ", StringComparison.Ordinal) || line.StartsWith("no such identity", StringComparison.Ordinal)
        || line.Contains("are too open.", StringComparison.Ordinal) || line.StartsWith("sign_and_send_pubkey: ", StringComparison.Ordinal);

    private static bool NamedItself(string log) => log.Contains("debug1: Remote protocol version ", StringComparison.Ordinal);

    private static string[] Spoken(string log) =>
        [.. log.Split('\n').Select(line => line.TrimEnd('\r')).Where(line => line.Length > 0 && !line.StartsWith("debug", StringComparison.Ordinal))];

    private static (string Type, string Fingerprint)? Presented(string log) =>
        ServerHostKey().Match(log) is { Success: true } match ? (match.Groups[1].Value, match.Groups[2].Value) : null;

    [GeneratedRegex(@"^debug1: Server host key: (\S+) SHA256:([A-Za-z0-9+/]+)", RegexOptions.Multiline)]
    private static partial Regex ServerHostKey();

    [GeneratedRegex(@"^debug1: kex_exchange_identification: banner line \d+: (.{0,200})", RegexOptions.Multiline)]
    private static partial Regex BannerLine();

    [GeneratedRegex(@"^debug2: Received exit status from master (\d+)", RegexOptions.Multiline)]
    private static partial Regex ExitStatus();

    [GeneratedRegex(@"^debug1: mux_client_request_session: master session id: (\d+)", RegexOptions.Multiline)]
    private static partial Regex Channel();

    [GeneratedRegex("not responding|closed by|[Rr]eset by|Broken pipe|timed out|[Cc]orrupt|authentication code incorrect|Received disconnect|Connection closed|No route to host|Network is unreachable|Connection aborted")]
    private static partial Regex Ending();
}
