using System.Diagnostics;

namespace Kronform.Provision.Faults.Isolation;

/// <summary>
/// A network of the kit's own, so that every address of 127.0.0.0/8 and every port is free, port 22 too, and nothing the product
/// does can leave the machine. Mounts are its own as well.
/// </summary>
internal static class OwnNetwork
{
    private const string Mark = "KRONFORM_FAULTS_INSIDE";

    public static bool IsInside => Environment.GetEnvironmentVariable(Mark) == "1";

    /// <summary>Runs this program again with the same arguments, inside; returns its exit code.</summary>
    public static int RunInside(IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo("setpriv")
        {
            ArgumentList =
            {
                "--pdeathsig", "KILL", "unshare", "--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--",
                "sh", "-c", "ip link set lo up && exec \"$@\"", "sh", Environment.ProcessPath!,
            },
            Environment = { [Mark] = "1" },
        };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new InvalidOperationException("unshare does not start");
        process.WaitForExit();
        return process.ExitCode;
    }
}
