using System.Diagnostics;
using System.Net;
using Kronform.Provision.Servers.Budgets;
using Kronform.Provision.VirtualRack.Robot;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Robot;

/// <summary>Real processes of the program, which have nothing in common but the user's state folder.</summary>
public sealed class BudgetProcessTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("budget-process-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Processes_count_together_and_a_limit_that_one_met_spares_Robot_the_next()
    {
        var options = new RobotOptions();
        var servers = new Dictionary<int, RobotServerEntry> { [321] = new("n4", IPAddress.Parse("192.0.2.74"), new FakeHardware(TimeProvider.System)) };
        await using var robot = await RobotEmulator.StartAsync(options, servers, TimeProvider.System, Cancellation);
        WriteCluster(robot.BaseUrl);

        string[] outputs = await Task.WhenAll(DoctorAsync(options), DoctorAsync(options), DoctorAsync(options));

        Assert.All(outputs, output => Assert.Contains("\"n4\", AX41-NVMe in FSN1-DC16", output, StringComparison.Ordinal));
        string file = Assert.Single(Directory.GetFiles(Path.Combine(_folder.FullName, "home", "kronform-provision", ".robot"), "*.json"));
        Assert.Equal(3, BudgetFile.Parse(await File.ReadAllBytesAsync(file, Cancellation))[CallLimit.Servers].Minutes.Sum(m => m.Calls));

        options.Faults.Add(new RobotFault(Misbehaviour.RateLimited, "GET", "/server/321", Times: 1));
        Assert.Contains("RATE_LIMIT_EXCEEDED", await DoctorAsync(options), StringComparison.Ordinal);
        Assert.Equal(4, robot.Requests.Count);
        string spared = await DoctorAsync(options);
        Assert.Contains("that the limit for /server is used up; there is room again at", spared, StringComparison.Ordinal);
        Assert.Equal(4, robot.Requests.Count);
    }

    private async Task<string> DoctorAsync(RobotOptions options)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "provision.dll"), "doctor", "--offline", "-o", "json", "--file", Path.Combine(_folder.FullName, "provision.yaml"), "--state", Path.Combine(_folder.FullName, "state")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["XDG_STATE_HOME"] = Path.Combine(_folder.FullName, "home");
        start.Environment["BENCH_ROBOT_USER"] = options.User;
        start.Environment["BENCH_ROBOT_PASSWORD"] = options.Password;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(Cancellation);
        string output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return System.Text.RegularExpressions.Regex.Unescape(output.Replace("\\u0022", "\"", StringComparison.Ordinal)) + await errors;
    }

    private void WriteCluster(Uri url)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "id.pub"), RobotBench.Key.Line);
        File.WriteAllText(Path.Combine(_folder.FullName, "provision.yaml"), $$"""
            cluster: { name: bench, endpoint: "https://192.0.2.74:6443", talosVersion: v1.13.9 }
            robot: { url: "{{url}}", username: { env: BENCH_ROBOT_USER }, password: { env: BENCH_ROBOT_PASSWORD } }
            ssh: { privateKey: id }
            image: { url: "https://127.0.0.1/metal.raw.zst", sha256: {{new string('a', 64)}} }
            nodes:
              n4: { server: 321, role: controlplane, config: n4.yaml, bootstrap: true }

            """);
    }
}
