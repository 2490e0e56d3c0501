using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Kronform.Provision.VirtualRack.Machines;

namespace Kronform.Provision.Faults.World;

/// <summary>What runs on a server now.</summary>
internal abstract class RunningSystem : IAsyncDisposable
{
    /// <summary>One word, for predictions.</summary>
    public abstract string Name { get; }

    /// <summary>Cuts it off.</summary>
    public abstract ValueTask DisposeAsync();
}

/// <summary>Something with an SSH port. The port is open; who speaks SSH there is <see cref="SshGate"/>.</summary>
internal class SshSystem : RunningSystem
{
    private readonly TcpListener _port;

    public SshSystem(string name, IPAddress address)
    {
        Name = name;
        _port = new TcpListener(address, 22);
        _port.Start();
        _ = AcceptAsync();
    }

    public override string Name { get; }

    /// <summary>SHA-256, base64 without padding.</summary>
    public string HostKey { get; init; } = NewFingerprint();

    /// <summary>Lines of authorized_keys; null refuses every key.</summary>
    public IReadOnlyList<string> AuthorizedKeys { get; init; } = [];

    public static string NewFingerprint() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=');

    public override ValueTask DisposeAsync()
    {
        _port.Stop();
        return ValueTask.CompletedTask;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) (await _port.AcceptTcpClientAsync()).Dispose();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The port is closed.
        }
    }
}

/// <summary>A rescue system in namespaces of its own: a real shell, the host's programs, and the emulated machine's disks.</summary>
internal sealed partial class RescueSystem : SshSystem
{
    private readonly Process _process;
    private readonly int _first;

    private RescueSystem(IPAddress address, Process process, int first) : base("rescue", address) => (_process, _first) = (process, first);

    /// <param name="onReboot">It was told to reboot, from inside.</param>
    public static async Task<RescueSystem> StartAsync(IPAddress address, string machine, RescueBoot boot, string hostKey, Action onReboot, CancellationToken cancellation)
    {
        string runtime = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        var start = new ProcessStartInfo("unshare",
            ["--mount", "--pid", "--uts", "--fork", "--kill-child=KILL", "--", "/bin/sh", Path.Combine(AppContext.BaseDirectory, "rescue/boot.sh"), machine, AppContext.BaseDirectory, runtime])
        { RedirectStandardOutput = true, RedirectStandardInput = true };
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        if (await process.StandardOutput.ReadLineAsync(cancellation) != "up") throw new InvalidOperationException("the emulated rescue system did not come up");
        int first = int.Parse(File.ReadAllText($"/proc/{process.Id}/task/{process.Id}/children").Trim(), System.Globalization.CultureInfo.InvariantCulture);
        var system = new RescueSystem(address, process, first) { HostKey = hostKey, AuthorizedKeys = boot.AuthorizedKeys };
        _ = system.ListenAsync(onReboot);
        return system;
    }

    /// <summary>Its machine was reset, or is rebooting.</summary>
    public bool IsDown { get; private set; }

    /// <summary>A command inside, as its SSH server starts it: in a process group of its own.</summary>
    public Process Start(string command)
    {
        var start = new ProcessStartInfo("setsid", ["nsenter", "-t", $"{_first}", "-m", "-p", "-u", "-r", "-w", "/bin/sh", "-c", command])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            Environment = { ["PATH"] = "/usr-local-bin:/usr/sbin:/usr/bin:/sbin:/bin" },
        };
        return Process.Start(start)!;
    }

    /// <summary>Kills a command with all it started in its group.</summary>
    public static void Kill(Process command) => _ = KillProcess(-command.Id, 9);

    public override async ValueTask DisposeAsync()
    {
        IsDown = true;
        await base.DisposeAsync();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task ListenAsync(Action onReboot)
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line == "reboot") onReboot();
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int KillProcess(int process, int signal);
}
