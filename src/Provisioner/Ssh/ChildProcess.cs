using System.Diagnostics;

namespace Kronform.Provision.Ssh;

/// <summary>A program we started, its three streams as bytes, and the promise that it is reaped.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;

    private ChildProcess(Process process)
    {
        _process = process;
        Exited = WaitAsync(process);
    }

    public Stream Input => _process.StandardInput.BaseStream;

    public Stream Output => _process.StandardOutput.BaseStream;

    public Stream Error => _process.StandardError.BaseStream;

    /// <summary>The exit code; 128 + n for a signal n.</summary>
    public Task<int> Exited { get; }

    /// <param name="program">Path of the program.</param>
    /// <param name="arguments">Visible to everybody in process lists: no secrets.</param>
    /// <param name="environment">All of the program's environment. Ours is not inherited: it may hold passwords.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">It could not be started.</exception>
    public static ChildProcess Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        return new ChildProcess(Process.Start(start)!);
    }

    /// <summary>SIGKILL, if it still runs.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It ended by itself.
        }
    }

    public void Dispose()
    {
        Kill();
        CloseQuietly(Input);
        CloseQuietly(Output);
        CloseQuietly(Error);
        // Reaping goes on in the runtime, whether or not the handle is disposed; Exited completes first.
        Exited.ContinueWith(_ => _process.Dispose(), TaskScheduler.Default);
    }

    private static async Task<int> WaitAsync(Process process)
    {
        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        return process.ExitCode;
    }

    private static void CloseQuietly(Stream stream)
    {
        try
        {
            stream.Dispose();
        }
        catch (IOException)
        {
        }
    }
}
