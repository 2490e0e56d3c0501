using Kronform.Provision.VirtualRack.Hosting;

namespace Kronform.Provision.VirtualRack.Builds;

/// <summary>Which kernel package Debian means by linux-image-amd64 today.</summary>
internal static class DebianKernel
{
    private const string Lists = "/var/lib/apt/lists";

    /// <summary>
    /// Asking apt takes a second or two, so the answer is kept beside the builds for as long as apt's lists stay the same.
    /// </summary>
    /// <returns>In apt's form, such as linux-image-6.1.0-56-amd64=6.1.192-2.</returns>
    public static async Task<string> ResolveAsync(string folder, CancellationToken cancellation)
    {
        var memory = Path.Combine(folder, "kernel");
        var stamp = Stamp();
        if (File.Exists(memory) && File.ReadAllLines(memory) is [var then, var known, ..] && then == stamp)
            return known;

        var kernel = await AskAptAsync(cancellation);
        Directory.CreateDirectory(folder);
        var temporary = $"{memory}.{Environment.ProcessId}";
        await File.WriteAllTextAsync(temporary, $"{stamp}\n{kernel}\n", cancellation);
        File.Move(temporary, memory, overwrite: true);
        return kernel;
    }

    private static async Task<string> AskAptAsync(CancellationToken cancellation)
    {
        var package = First(await Tool.RunAsync("apt-cache", ["depends", "--important", "linux-image-amd64"], cancellation), "Depends: ");
        if (package is null && Environment.IsPrivilegedProcess)
        {
            await Tool.RunAsync("apt-get", ["-qq", "update"], cancellation);
            package = First(await Tool.RunAsync("apt-cache", ["depends", "--important", "linux-image-amd64"], cancellation), "Depends: ");
        }

        if (package is null)
            throw new ToolException("apt knows no linux-image-amd64; its lists are missing (run: apt-get update)");
        var version = First(await Tool.RunAsync("apt-cache", ["policy", package], cancellation), "Candidate: ")
            ?? throw new ToolException($"apt has no candidate for {package}");
        return $"{package}={version}";
    }

    private static string? First(string text, string after) =>
        text.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.StartsWith(after, StringComparison.Ordinal))?[after.Length..];

    private static string Stamp() =>
        Directory.Exists(Lists) ? new DirectoryInfo(Lists).LastWriteTimeUtc.Ticks.ToString() : "none";
}
