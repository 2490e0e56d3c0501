using System.Diagnostics;

namespace Kronform.Provision.Bench.Fleet;

/// <summary>
/// Namespaces of the bench's own: every address of 127.0.0.0/8 has port 22 and port 50000 free in it, and nothing that is
/// measured can leave the machine. All its processes end with it.
/// </summary>
internal static class OwnNetwork
{
    private const string Mark = "KRONFORM_FLEET_INSIDE";

    public static bool IsInside => Environment.GetEnvironmentVariable(Mark) == "1";

    /// <summary>Runs this program again with the same arguments, inside; returns its exit code.</summary>
    public static async Task<int> RunInsideAsync(IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo("setpriv",
            ["--pdeathsig", "KILL", "unshare", "--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh", Environment.ProcessPath!, .. arguments])
        {
            Environment = { [Mark] = "1" },
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("unshare does not start");
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
