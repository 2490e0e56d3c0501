using System.Diagnostics;
using Kronform.Provision.Ssh;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Ssh;

/// <summary>The system's OpenSSH client keeps the contract.</summary>
public sealed class OpenSshClientTests : SshClientContract
{
    protected override ISshClient CreateClient(TimeSpan keepAliveInterval, int keepAliveCount) =>
        new OpenSshClient(new OpenSshOptions(keepAliveInterval, keepAliveCount), TimeProvider.System);

    /// <summary>Its processes name their directory; the master's watchdog survives neither.</summary>
    protected override IReadOnlyList<string> LocalTraces(int processId) =>
        [.. LocalProcesses.All().Where(p => ParentOf(p.Pid) == processId).SelectMany(p => p.CommandLine.Split('\0'))
            .Where(word => word.Contains("/kf-", StringComparison.Ordinal)).Select(word => word[..(word.IndexOf("/kf-", StringComparison.Ordinal) + 24)])
            .Distinct().Where(Directory.Exists)];

    protected override IReadOnlyList<string> StillThere(IReadOnlyList<string> traces) =>
        [.. traces.Where(Directory.Exists), .. LocalProcesses.All().Where(p => traces.Any(t => p.CommandLine.Contains(t, StringComparison.Ordinal)))
            .Select(p => p.CommandLine.Replace('\0', ' '))];

    [Fact]
    public async Task The_agents_key_is_chosen_by_its_public_key()
    {
        // The socket lies in the server's folder, which goes with the test; -D keeps the agent our child.
        var socket = Path.Combine(Server.Shared, "agent");
        using var agent = Process.Start(new ProcessStartInfo("ssh-agent", ["-D", "-a", socket]) { RedirectStandardOutput = true })!;
        var before = Environment.GetEnvironmentVariable("SSH_AUTH_SOCK");
        try
        {
            await Until.HoldsAsync("the agent listens", () => File.Exists(socket), () => "no socket");
            Environment.SetEnvironmentVariable("SSH_AUTH_SOCK", socket);
            await SshdTree.RunAsync("ssh-add", "-q", Server.StrangerKey, Server.UserKey);
            var target = new SshTarget(
                "127.0.0.1", Server.Port, "root", new SshKey(null, Server.UserKey + ".pub"), [Server.Fingerprint("ed25519")], TimeSpan.FromSeconds(15));
            var client = new OpenSshClient(TimeProvider.System);

            await using var session = await client.OpenAsync(target, Token);
            var refused = await Assert.ThrowsAsync<SshException>(() =>
                client.OpenAsync(target with { Key = new SshKey(null, Server.StrangerKey + ".pub") }, Token));

            Assert.True((await session.RunAsync("true", null, null, Token)).Succeeded);
            Assert.Equal(SshFailure.AuthenticationFailed, refused.Failure);
        }
        finally
        {
            Environment.SetEnvironmentVariable("SSH_AUTH_SOCK", before);
            agent.Kill();
        }
    }

    [Fact]
    public async Task A_command_whose_local_client_is_killed_is_lost_and_ended_and_the_session_goes_on()
    {
        var target = new SshTarget(
            "127.0.0.1", Server.Port, "root", new SshKey(Server.UserKey, Server.UserKey + ".pub"), [Server.Fingerprint("ed25519")], TimeSpan.FromSeconds(15));
        await using var session = await new OpenSshClient(TimeProvider.System).OpenAsync(target, Token);
        var running = session.RunAsync("touch /mnt/started; sleep 1008", null, null, Token);
        await Until.HoldsAsync("the command runs", () => File.Exists(Path.Combine(Server.Shared, "started")), () => "no file");

        var client = LocalProcesses.All().Single(p => ParentOf(p.Pid) == Environment.ProcessId && p.CommandLine.Contains("sleep 1008", StringComparison.Ordinal));
        await SshdTree.RunAsync("kill", "-KILL", client.Pid.ToString());

        Assert.Equal(SshFailure.ConnectionLost, (await Assert.ThrowsAsync<SshException>(() => running)).Failure);
        Assert.DoesNotContain(Server.Processes(), c => c.Contains("sleep 1008", StringComparison.Ordinal));
        Assert.True((await session.RunAsync("true", null, null, Token)).Succeeded);
    }

    private static int ParentOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1]);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
