using System.Diagnostics;

namespace Kronform.Provision.Agent.Tests.Support;

/// <summary>The judge of tables: a program that knows GPT from its own source.</summary>
internal static class Sgdisk
{
    public static string Run(string file, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("sgdisk", [.. arguments, file]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"sgdisk {string.Join(' ', arguments)}: {output}{error.Result}");
        return output + error.Result;
    }

    /// <summary>Names by number, as sgdisk prints them.</summary>
    public static string[] Names(string file) =>
        [.. Run(file, "-p").Split('\n').SkipWhile(line => !line.StartsWith("Number", StringComparison.Ordinal)).Skip(1)
            .Where(line => line.Trim().Length > 0).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1])];

    public static void AssertSound(string file) => Assert.Contains("No problems found", Run(file, "-v"), StringComparison.Ordinal);
}
