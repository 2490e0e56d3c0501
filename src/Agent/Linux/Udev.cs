using System.ComponentModel;
using System.Diagnostics;

namespace Kronform.Provision.Agent.Linux;

internal interface IUdev
{
    /// <summary>
    /// Waits until udev has nothing left to do. False: it was still busy at the end. True also where there is no udev,
    /// because nothing more is to be expected then.
    /// </summary>
    Task<bool> SettleAsync(TimeSpan limit, CancellationToken cancellation);
}

internal sealed class Udevadm : IUdev
{
    public async Task<bool> SettleAsync(TimeSpan limit, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("udevadm", ["settle", $"--timeout={(int)limit.TotalSeconds}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            // Its words are of no use, but standard output is the event stream: nothing else may get there.
            var words = Task.WhenAll(process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
            await process.WaitForExitAsync(cancellation);
            await words;
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return true;
        }
    }
}
