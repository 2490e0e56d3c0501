using System.Diagnostics;
using System.Globalization;

namespace Kronform.Provision.Bench.Imaging;

/// <summary>What one run of a command took.</summary>
/// <param name="CpuSeconds">User and system, of all its processes.</param>
/// <param name="PeakMiB">Of its largest process.</param>
internal sealed record Measured(double Seconds, double CpuSeconds, double PeakMiB, string Output)
{
    /// <summary>Runs a shell line under <c>time</c>; the line's own shell stops at the first failure, also inside a pipe.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static async Task<Measured> RunAsync(string command, CancellationToken cancellation)
    {
        var figures = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo("/usr/bin/time", ["-f", "%e %U %S %M", "-o", figures, "bash", "-c", "set -eo pipefail; " + command])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var errors = process.StandardError.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            if (process.ExitCode != 0) throw new InvalidOperationException($"{command}\nended with {process.ExitCode}: {await errors}{await output}");
            var numbers = File.ReadLines(figures).Last().Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
            return new Measured(numbers[0], numbers[1] + numbers[2], numbers[3] / 1024, await output);
        }
        finally
        {
            File.Delete(figures);
        }
    }
}
