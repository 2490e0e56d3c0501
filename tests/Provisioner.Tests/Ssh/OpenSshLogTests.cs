using Kronform.Provision.Ssh;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Ssh;

public sealed class OpenSshLogTests
{
    private const string Named =
        """
        debug1: Connecting to 192.0.2.7 [192.0.2.7] port 22.
        debug1: Connection established.
        debug1: Remote protocol version 2.0, remote software version OpenSSH_9.2p1 Debian-2
        debug1: Server host key: ssh-ed25519 SHA256:piQmYcHz/NC4DeEFrY8YGLN9a2M8FUfgAI9GPneo9zg

        """;

    private const string LoggedIn = Named + "Authenticated to 192.0.2.7 ([192.0.2.7]:22) using \"publickey\".\n";

    /// <summary>Literal last words of OpenSSH 8.5 to 9.x, LC_ALL=C.</summary>
    public static TheoryData<SshFailure, string> LastWords => new()
    {
        { SshFailure.Refused, "ssh: connect to host 192.0.2.7 port 22: Connection refused" },
        { SshFailure.Unreachable, "ssh: connect to host 192.0.2.7 port 22: Connection timed out" },
        { SshFailure.Unreachable, "ssh: connect to host 192.0.2.7 port 22: No route to host" },
        { SshFailure.Unreachable, "ssh: connect to host 192.0.2.7 port 22: Network is unreachable" },
        { SshFailure.Unreachable, "ssh: connect to host 192.0.2.7 port 22: Host is down" },
        // A local firewall that rejects; not a refused login.
        { SshFailure.Unreachable, "ssh: connect to host 192.0.2.7 port 22: Permission denied" },
        { SshFailure.Unreachable, "ssh: Could not resolve hostname n4.example: Name or service not known" },
        { SshFailure.Unreachable, "debug1: Connection established.\nConnection timed out during banner exchange\nConnection to 192.0.2.7 port 22 timed out" },
        { SshFailure.ConnectionLost, "debug1: Connection established.\nkex_exchange_identification: read: Connection reset by peer\nConnection reset by 192.0.2.7 port 22" },
        { SshFailure.ConnectionLost, "debug1: Connection established.\nkex_exchange_identification: Connection closed by remote host\nConnection closed by 192.0.2.7 port 22" },
        { SshFailure.ConnectionLost, Named + "Connection closed by 192.0.2.7 port 22" },
        { SshFailure.ConnectionLost, Named + "ssh_dispatch_run_fatal: Connection to 192.0.2.7 port 22: Broken pipe" },
        { SshFailure.Protocol, "debug1: kex_exchange_identification: banner line 0: HTTP/1.1 400 Bad Request\nkex_exchange_identification: Connection closed by remote host\nConnection closed by 192.0.2.7 port 22" },
        { SshFailure.Protocol, "kex_exchange_identification: banner line contains invalid characters" },
        { SshFailure.Protocol, Named + "Unable to negotiate with 192.0.2.7 port 22: no matching cipher found. Their offer: 3des-cbc" },
        { SshFailure.Protocol, "command-line: line 0: Bad configuration option: knownhostscommand" },
        { SshFailure.Protocol, "" },
        { SshFailure.HostKeyMismatch, Named + "No ED25519 host key is known for [192.0.2.7]:22 and you have requested strict checking.\nHost key verification failed." },
        { SshFailure.HostKeyMismatch, Named + "Unable to negotiate with 192.0.2.7 port 22: no matching host key type found. Their offer: ssh-ed25519" },
        { SshFailure.AuthenticationFailed, Named + "root@192.0.2.7: Permission denied (publickey,password)." },
        { SshFailure.AuthenticationFailed, Named + "Received disconnect from 192.0.2.7 port 22:2: Too many authentication failures\nDisconnected from 192.0.2.7 port 22" },
        { SshFailure.ConnectionLost, LoggedIn + "Timeout, server 192.0.2.7 not responding." },
        { SshFailure.ConnectionLost, LoggedIn + "Connection to 192.0.2.7 closed by remote host." },
        { SshFailure.ConnectionLost, LoggedIn + "client_loop: send disconnect: Broken pipe" },
        { SshFailure.ConnectionLost, LoggedIn + "Read from remote host 192.0.2.7: Connection reset by peer" },
        { SshFailure.ConnectionLost, LoggedIn + "ssh_dispatch_run_fatal: Connection to 192.0.2.7 port 22: message authentication code incorrect" },
        // Nothing said at all: the process was killed.
        { SshFailure.ConnectionLost, LoggedIn },
    };

    [Theory]
    [MemberData(nameof(LastWords))]
    public void The_last_words_of_ssh_tell_the_failure(SshFailure failure, string log) =>
        Assert.Equal(failure, OpenSshLog.Diagnose(log + "\n").Failure);

    [Fact]
    public void The_presented_key_is_read_from_the_log()
    {
        var diagnosis = OpenSshLog.Diagnose(Named + "Host key verification failed.\r\n");

        Assert.Equal("ssh-ed25519", diagnosis.KeyType);
        Assert.Equal("piQmYcHz/NC4DeEFrY8YGLN9a2M8FUfgAI9GPneo9zg", diagnosis.Fingerprint);
        Assert.Equal("Host key verification failed.", diagnosis.Reason);
    }

    [Fact]
    public void A_key_that_could_not_be_used_is_part_of_the_reason()
    {
        var diagnosis = OpenSshLog.Diagnose(
            Named + "Permissions 0644 for '/root/id' are too open.\nLoad key \"/root/id\": bad permissions\nroot@192.0.2.7: Permission denied (publickey).\n");

        Assert.Equal(
            "Permissions 0644 for '/root/id' are too open.; Load key \"/root/id\": bad permissions; root@192.0.2.7: Permission denied (publickey).",
            diagnosis.Reason);
    }

    [Theory]
    [InlineData("", SshFailure.Unreachable, "no answer")]
    [InlineData("debug1: Connecting to 192.0.2.7 [192.0.2.7] port 22.\n", SshFailure.Unreachable, "no answer")]
    [InlineData("debug1: Connection established.\n", SshFailure.Unreachable, "the port accepts connections and stays silent")]
    [InlineData(Named, SshFailure.ConnectionLost, "the server fell silent before the login was complete")]
    public void Silence_is_told_by_how_far_it_got(string log, SshFailure failure, string reason)
    {
        var diagnosis = OpenSshLog.DiagnoseSilence(log);

        Assert.Equal(failure, diagnosis.Failure);
        Assert.Equal(reason, diagnosis.Reason);
    }

    private const string Channel2 = "debug1: mux_client_request_session: master session id: 2\n";
    private const string Vanished = Channel2 + "debug2: Control master terminated unexpectedly\n";

    [Fact]
    public void A_reported_status_is_the_status_also_255()
    {
        Assert.Equal(new OpenSshExit.Status(0), OpenSshLog.Exit(Channel2 + "debug2: Received exit status from master 0\n", ""));
        Assert.Equal(new OpenSshExit.Status(255), OpenSshLog.Exit(Channel2 + "debug2: Received exit status from master 255\n", ""));
    }

    [Fact]
    public void A_signal_counts_only_for_the_commands_own_channel()
    {
        Assert.IsType<OpenSshExit.Signal>(OpenSshLog.Exit(Vanished, "debug1: client_input_channel_req: channel 2 rtype exit-signal reply 0\n"));
        Assert.IsType<OpenSshExit.Lost>(OpenSshLog.Exit(Vanished, "debug1: client_input_channel_req: channel 22 rtype exit-signal reply 0\n"));
        Assert.IsType<OpenSshExit.Lost>(OpenSshLog.Exit(Vanished, "debug1: client_input_channel_req: channel 2 rtype exit-status reply 0\n"));
    }

    [Fact]
    public void A_commands_text_in_the_masters_log_is_no_evidence() =>
        Assert.IsType<OpenSshExit.Lost>(OpenSshLog.Exit(
            Vanished, "debug1: Sending command: echo debug1: client_input_channel_req: channel 2 rtype exit-signal reply 0\n"));

    [Fact]
    public void A_client_that_never_got_a_channel_lost_its_connection()
    {
        Assert.IsType<OpenSshExit.Lost>(OpenSshLog.Exit("", ""));
        Assert.IsType<OpenSshExit.Lost>(OpenSshLog.Exit("Control socket connect(/run/x/s): Connection refused\n", ""));
    }

    [Fact]
    public void A_refused_channel_is_told_apart() =>
        Assert.IsType<OpenSshExit.ChannelRefused>(OpenSshLog.Exit("mux_client_request_session: session request failed: Session open refused by peer\n", ""));
}
