using System.Diagnostics;
using System.Net.Sockets;
using System.Net;
using System.Text;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Ssh;

/// <summary>
/// A real sshd on a free port of 127.0.0.1, in a mount and process namespace of its own over the cached tree. It ends with the
/// test process, however that ends: its first process reads a pipe that only we hold.
/// </summary>
public sealed class SshdServer : IAsyncDisposable
{
    // The shared folder appears as /mnt. devpts and the few devices are what commands need; there is no /dev/fd,
    // as in a rescue system without systemd. The rest of the tree is read-only.
    private const string Boot =
        """
        set -e
        tree=$1 shared=$2
        mount --make-rprivate /
        mount --bind "$tree" "$tree"
        mount -o remount,bind,ro "$tree"
        for d in run tmp root dev; do mount -t tmpfs none "$tree/$d"; done
        mount -t proc proc "$tree/proc"
        mount --bind "$shared" "$tree/mnt"
        mkdir "$tree/run/sshd" "$tree/dev/pts"
        mount -t devpts -o newinstance,ptmxmode=666 devpts "$tree/dev/pts"
        for n in null zero full random urandom tty; do : > "$tree/dev/$n"; mount --bind "/dev/$n" "$tree/dev/$n"; done
        ln -s pts/ptmx "$tree/dev/ptmx"
        chroot "$tree" /usr/sbin/sshd -D -e -f /mnt/sshd_config &
        cat > /dev/null
        """;

    private static readonly Lazy<Task<string>> s_keys = new(MakeKeysAsync);

    private readonly Process _process;
    private readonly StringBuilder _log = new();
    private readonly TaskCompletionSource<bool> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SshdServer(Process process, int port, string shared)
    {
        _process = process;
        Port = port;
        Shared = shared;
    }

    public static IReadOnlyList<string> KeyTypes { get; } = ["ed25519", "ecdsa", "rsa"];

    public int Port { get; }

    /// <summary>A folder of this machine that is /mnt on the far side.</summary>
    public string Shared { get; }

    /// <summary>A key that may log in.</summary>
    public string UserKey => Path.Combine(Shared, "user");

    /// <summary>A key that may not.</summary>
    public string StrangerKey => Path.Combine(Shared, "stranger");

    /// <summary>What sshd has logged so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <summary>SHA-256, base64 without padding.</summary>
    public string Fingerprint(string keyType)
    {
        var blob = Convert.FromBase64String(File.ReadAllText(Path.Combine(Shared, $"host_{keyType}.pub")).Split(' ')[1]);
        return Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(blob)).TrimEnd('=');
    }

    public static async Task<SshdServer> StartAsync()
    {
        for (var attempt = 1; ; attempt++)
        {
            var server = await TryStartAsync();
            if (await server._listening.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System))
                return server;

            // Somebody else may have taken the port between its choice and its use.
            var log = server.Log;
            await server.DisposeAsync();
            if (attempt == 3)
                throw new InvalidOperationException($"sshd does not start: {log}");
        }
    }

    /// <summary>Command lines of all processes on the far side but sshd's listener and the namespace's own first ones.</summary>
    public IReadOnlyList<string> Processes() =>
        [.. FarProcesses().Select(p => p.CommandLine).Where(c => !c.StartsWith("sh\0-c\0set -e", StringComparison.Ordinal)
            && c != "cat\0" && !c.StartsWith("sshd: /usr/sbin/sshd", StringComparison.Ordinal)).Select(c => c.Replace('\0', ' '))];

    /// <summary>Sends a signal (as kill(1) names it) to the sshd processes that serve connections.</summary>
    public Task SignalConnectionsAsync(string signal)
    {
        var serving = FarProcesses().Where(p => p.CommandLine.StartsWith("sshd: root", StringComparison.Ordinal)).Select(p => p.Pid.ToString()).ToArray();
        Assert.NotEmpty(serving);
        return SshdTree.RunAsync("kill", ["-s", signal, .. serving]);
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System);
        }
        catch (TimeoutException)
        {
            _process.Kill();
        }

        _process.Dispose();
        Directory.Delete(Shared, recursive: true);
    }

    private static async Task<SshdServer> TryStartAsync()
    {
        var tree = await SshdTree.PathAsync();
        var keys = await s_keys.Value;
        var port = FreePort();
        var shared = Directory.CreateTempSubdirectory("kronform-sshd-").FullName;
        foreach (var file in Directory.EnumerateFiles(keys))
            File.Copy(file, Path.Combine(shared, Path.GetFileName(file)));

        await File.WriteAllTextAsync(Path.Combine(shared, "sshd_config"),
            $"""
            Port {port}
            ListenAddress 127.0.0.1
            {string.Join('\n', KeyTypes.Select(t => $"HostKey /mnt/host_{t}"))}
            AuthorizedKeysFile /mnt/user.pub
            PermitRootLogin prohibit-password
            UsePAM no
            StrictModes no
            UseDNS no
            PidFile none
            LogLevel VERBOSE

            """);
        var process = Process.Start(new ProcessStartInfo(
            "unshare", ["--mount", "--pid", "--fork", "--kill-child=KILL", "sh", "-c", Boot, "boot", tree, shared])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        })!;
        var server = new SshdServer(process, port, shared);
        process.ErrorDataReceived += (_, line) => server.Listen(line.Data);
        process.BeginErrorReadLine();
        return server;
    }

    private void Listen(string? line)
    {
        lock (_log)
            _log.AppendLine(line);
        if (line is null)
            _listening.TrySetResult(false);
        else if (line.StartsWith("Server listening on ", StringComparison.Ordinal))
            _listening.TrySetResult(true);
        else if (line.Contains("Cannot bind any address", StringComparison.Ordinal))
            _listening.TrySetResult(false);
    }

    private IEnumerable<(int Pid, string CommandLine)> FarProcesses()
    {
        var space = File.ResolveLinkTarget($"/proc/{_process.Id}/ns/pid_for_children", returnFinalTarget: false)!.Name;
        foreach (var (pid, commandLine) in LocalProcesses.All())
        {
            string? theirs;
            try
            {
                theirs = File.ResolveLinkTarget($"/proc/{pid}/ns/pid", returnFinalTarget: false)?.Name;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Gone meanwhile, or of another user or jail: none of ours.
                continue;
            }

            if (theirs == space)
                yield return (pid, commandLine);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<string> MakeKeysAsync()
    {
        var folder = Directory.CreateTempSubdirectory("kronform-keys-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        foreach (var (name, type) in KeyTypes.Select(t => ($"host_{t}", t)).Concat([("user", "ed25519"), ("stranger", "ed25519")]))
            await SshdTree.RunAsync("ssh-keygen", ["-q", "-N", "", "-t", type, .. type == "rsa" ? ["-b", "2048"] : Array.Empty<string>(), "-f", Path.Combine(folder, name)]);
        return folder;
    }
}
