using System.Diagnostics;
using System.Globalization;

namespace Kronform.Provision.Bench.Fleet;

/// <summary>What the kernel tells of a process at one moment.</summary>
/// <param name="Memory">Resident bytes.</param>
internal sealed record ProcessLook(long Memory, int Threads, int OpenFiles, TimeSpan Cpu)
{
    /// <returns>Null when it has ended.</returns>
    public static ProcessLook? At(Process process)
    {
        try
        {
            process.Refresh();
            if (process.HasExited) return null;
            var status = File.ReadLines($"/proc/{process.Id}/status").Select(l => l.Split([':', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries)).ToDictionary(p => p[0], p => p.ElementAtOrDefault(1) ?? "");
            return new ProcessLook(
                long.Parse(status["VmRSS"], CultureInfo.InvariantCulture) << 10, int.Parse(status["Threads"], CultureInfo.InvariantCulture),
                Directory.EnumerateFiles($"/proc/{process.Id}/fd").Count(), process.TotalProcessorTime);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException or KeyNotFoundException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
