using System.Diagnostics;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>A real block device over a file, with partitions.</summary>
internal sealed class LoopDevice : IDisposable
{
    private LoopDevice(string path) => Path = path;

    public string Path { get; }

    /// <summary>Null where the host gives none: no losetup, no rights, no loop driver.</summary>
    public static LoopDevice? TryAttach(string file, int sectorBytes = 512) =>
        Losetup("-P", "-b", $"{sectorBytes}", "-f", "--show", file) is { Length: > 0 } path ? new LoopDevice(path) : null;

    /// <summary>As the kernel itself read them from the table.</summary>
    public IReadOnlyList<string> KernelPartitionNames()
    {
        var name = System.IO.Path.GetFileName(Path);
        return [.. Directory.GetDirectories($"/sys/block/{name}", name + "p*").Order()
            .SelectMany(partition => File.ReadLines($"{partition}/uevent"))
            .Where(line => line.StartsWith("PARTNAME=", StringComparison.Ordinal)).Select(line => line["PARTNAME=".Length..])];
    }

    public void Dispose() => Losetup("-d", Path);

    private static string? Losetup(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("losetup", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var answer = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? answer : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
