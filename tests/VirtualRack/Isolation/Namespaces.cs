using System.Diagnostics;
using System.Runtime.InteropServices;
using Kronform.Provision.VirtualRack.Hosting;

namespace Kronform.Provision.VirtualRack.Isolation;

/// <summary>
/// Nameless network, process and mount namespaces around a rack. The kernel ends all of them, with every process, bridge,
/// tap and disk file in them, when the first process inside ends; and that one is killed when anything outside it dies.
/// </summary>
internal static class Namespaces
{
    private const int PipeSignal = 13;

    public static bool TapAllowed
    {
        get
        {
            try
            {
                using var tun = File.OpenHandle("/dev/net/tun", FileMode.Open, FileAccess.ReadWrite);
                return true;
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    /// <summary>Runs this program again inside new namespaces, and ends with its exit code.</summary>
    /// <param name="arguments">For the program inside.</param>
    /// <param name="cancellation">Asks it to stop, and gives it ten seconds.</param>
    public static async Task<int> RunInsideAsync(IReadOnlyList<string> arguments, TimeProvider time, CancellationToken cancellation)
    {
        var user = Environment.IsPrivilegedProcess ? Array.Empty<string>() : ["--user", "--map-root-user"];
        var start = new ProcessStartInfo(Tool.PathOf("setpriv"),
            ["--pdeathsig", "KILL", Tool.PathOf("unshare"), .. user, "--net", "--pid", "--mount", "--fork", "--kill-child=KILL",
             Environment.ProcessPath!, .. arguments])
        {
            RedirectStandardInput = true,
        };
        start.Environment["PATH"] = Tool.SystemPath;

        // The kernel takes "parent died" for "the thread that forked ended", so this thread has to last as long as the rack.
        var started = new TaskCompletionSource<Process>();
        var ended = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                using var process = Process.Start(start)!;
                started.SetResult(process);
                process.WaitForExit();
                ended.SetResult(process.ExitCode);
            }
            catch (Exception failure)
            {
                started.TrySetException(failure);
                ended.TrySetException(failure);
            }
        })
        { Name = "rack" }.Start();

        var rack = await started.Task;
        // The rack inside stops when its standard input ends: that also reaches it when this process is killed.
        await using var stop = cancellation.Register(() => rack.StandardInput.Close());
        try
        {
            return await ended.Task.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            try
            {
                return await ended.Task.WaitAsync(TimeSpan.FromSeconds(10), time, CancellationToken.None);
            }
            catch (TimeoutException)
            {
                rack.Kill();
                return await ended.Task;
            }
        }
    }

    /// <summary>Becomes COMMAND inside the network namespace of a process; does not return.</summary>
    /// <exception cref="ToolException">It could not.</exception>
    public static int Become(int namespacePid, bool inUserNamespace, IReadOnlyList<string> command)
    {
        string[] user = inUserNamespace ? ["--user", "--preserve-credentials"] : [];
        string?[] arguments = ["nsenter", "--target", $"{namespacePid}", .. user, "--net", "--", .. command, null];
        // The runtime ignores SIGPIPE and that would be inherited: `yes | head` must end in there, too.
        signal(PipeSignal, 0);
        return execv(Tool.PathOf("nsenter"), arguments) == 0
            ? throw new UnreachableException()
            : throw new ToolException($"nsenter could not be started, errno {Marshal.GetLastPInvokeError()}");
    }

    [DllImport("libc", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int execv([MarshalAs(UnmanagedType.LPUTF8Str)] string path,
        [MarshalAs(UnmanagedType.LPArray, ArraySubType = UnmanagedType.LPStr)] string?[] arguments);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint signal(int number, nint handler);
}
