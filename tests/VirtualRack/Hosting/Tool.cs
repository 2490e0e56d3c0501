using System.Diagnostics;

namespace Kronform.Provision.VirtualRack.Hosting;

/// <summary>Runs a program of the host to its end.</summary>
internal static class Tool
{
    /// <returns>Its standard output.</returns>
    /// <exception cref="ToolException">It is not installed, or ended with another code than 0.</exception>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(PathOf(program), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = SystemPath;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var error = process.StandardError.ReadToEndAsync(cancellation);
        try
        {
            await process.WaitForExitAsync(cancellation);
            var text = await output;
            return process.ExitCode == 0
                ? text
                : throw new ToolException($"{program} {string.Join(' ', start.ArgumentList)} ended with code {process.ExitCode}: {(await error + text).Trim()}");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>An ordinary user's PATH often lacks the folders of mke2fs, sgdisk and mkfs.vfat.</summary>
    public static string SystemPath => $"{Environment.GetEnvironmentVariable("PATH")}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin";

    /// <exception cref="ToolException">It is not installed.</exception>
    public static string PathOf(string program) =>
        SystemPath.Split(':').Where(f => f.Length > 0).Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists)
            ?? throw new ToolException($"{program} is not installed; the packages the rack needs are listed in scripts/rack-packages");
}

/// <summary>Something the rack needs is missing or failed; the message is for a person.</summary>
public sealed class ToolException(string message, Exception? inner = null) : Exception(message, inner);
