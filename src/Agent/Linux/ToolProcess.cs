using System.ComponentModel;
using System.Diagnostics;

namespace Kronform.Provision.Agent.Linux;

/// <summary>A short run of another program. Its output never reaches the agent's own, which is the event stream.</summary>
internal static class ToolProcess
{
    /// <returns>Null where there is no such program.</returns>
    public static async Task<(int ExitCode, string Output)?> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            try
            {
                process.StandardInput.Close();
                var output = process.StandardOutput.ReadToEndAsync(cancellation);
                var complaints = process.StandardError.ReadToEndAsync(cancellation);
                await process.WaitForExitAsync(cancellation);
                await complaints;
                return (process.ExitCode, await output);
            }
            catch (OperationCanceledException)
            {
                // It may hang in the kernel over a dying disk: it is told to go, nobody waits for it.
                TryKill(process);
                throw;
            }
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static void TryKill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception failure) when (failure is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended by itself.
        }
    }
}
