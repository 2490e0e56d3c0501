using System.Diagnostics;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Runs;

/// <summary>The program itself, as an operator starts it.</summary>
internal static class ProvisionProgram
{
    /// <param name="bench">Whose provision.yaml and state folder are used; the operator's own kubeconfig and talosconfig are not.</param>
    public static async Task<(int Exit, string Output, string Error)> RunAsync(ClusterBench bench, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "provision.dll"), .. arguments, "--file", bench.ProvisionYaml])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["XDG_STATE_HOME"] = bench.PathOf("xdg");
        start.Environment["KUBECONFIG"] = bench.PathOf("kubeconfig");
        start.Environment["TALOSCONFIG"] = bench.PathOf("talosconfig");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output, await error);
    }
}
