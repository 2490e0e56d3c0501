using Kronform.Provision.Failures;
using Kronform.Provision.Talos;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Runs;

/// <summary><c>provision render NODE --diff live</c>: the program itself against nodes that run, over mutual TLS.</summary>
public sealed class RenderLiveTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("v1.9.6")]
    [InlineData("v1.13.9")]
    public async Task A_node_that_runs_with_its_file_differs_in_nothing(string release)
    {
        await using var bench = new ClusterBench(release);
        await bench.StartConfiguredAsync(1);
        Assert.Equal((0, "no difference between n1 and n1 (live)\n", ""), await RunAsync(bench, "n1", "--diff", "live"));
    }

    [Fact]
    public async Task What_a_changed_file_would_change_is_told_and_no_secret_of_either_side()
    {
        await using var bench = new ClusterBench();
        await bench.StartConfiguredAsync(1);
        string file = bench.PathOf("n1.yaml"), before = File.ReadAllText(file);
        string key = Line(before, "key:"), secret = Line(before, "secret:");
        File.WriteAllText(file, before.Replace("name: none", "name: flannel", StringComparison.Ordinal).Replace("abcdef.0123456789abcdef", "zzzzzz.0123456789abcdef", StringComparison.Ordinal));

        var (exit, output, error) = await RunAsync(bench, "n1", "--diff", "live");

        Assert.Equal((0, ""), (exit, error));
        Assert.StartsWith("--- n1 (live)\n+++ n1 (rendered)\n@@ ", output, StringComparison.Ordinal);
        string[] changed = [.. output.Split('\n').Skip(2).Where(l => l.StartsWith('-') || l.StartsWith('+'))];
        Assert.Equal(4, changed.Length);
        Assert.StartsWith("-  token: <hidden sha256:", changed[0], StringComparison.Ordinal);
        Assert.StartsWith("+  token: <hidden sha256:", changed[1], StringComparison.Ordinal);
        Assert.NotEqual(changed[0][1..], changed[1][1..]);
        Assert.Equal(["-      name: none", "+      name: flannel"], changed[2..]);
        Assert.All(new[] { key, secret, "abcdef.0123", "zzzzzz.0123" }, s => Assert.DoesNotContain(s, output, StringComparison.Ordinal));

        // The same values are there when they are asked for, so the test above can fail.
        Assert.Contains("-  token: abcdef.0123456789abcdef", (await RunAsync(bench, "n1", "--diff", "live", "--show-secrets")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_is_asked_with_the_CA_key_of_a_control_plane()
    {
        await using var bench = new ClusterBench();
        await bench.StartConfiguredAsync(1);
        await bench.StartAsync(3);
        using (var maintenance = await bench.Cluster.MaintenanceClientAsync(3))
            await maintenance.ApplyConfigurationAsync(File.ReadAllBytes(bench.PathOf("n3.yaml")), dryRun: false, Cancellation);
        await Talos.Eventually.Async("apid of n3", () => bench.Cluster.ProbeAsync(3), p => p is TalosProbeResult.WantsClientCertificate);
        Assert.Equal((0, "no difference between n3 and n3 (live)\n", ""), await RunAsync(bench, "n3", "--diff", "live"));
    }

    [Fact]
    public async Task A_node_in_maintenance_mode_has_no_config_and_one_of_another_cluster_is_not_asked_for_it()
    {
        await using var bench = new ClusterBench();
        await bench.StartAsync(1);
        var waiting = await RunAsync(bench, "n1", "--diff", "live");
        Assert.Equal((FailureCode.TalosUnreachable.ExitCode, ""), (waiting.Exit, waiting.Output));
        Assert.Contains("it is in maintenance mode and has none", waiting.Error, StringComparison.Ordinal);

        await using var other = new ClusterBench();
        await other.StartConfiguredAsync(1);
        File.WriteAllText(bench.ProvisionYaml, File.ReadAllText(bench.ProvisionYaml).Replace($"address: {bench.Cluster.Address(1)}", $"address: {other.Cluster.Address(1)}", StringComparison.Ordinal));
        var foreign = await RunAsync(bench, "n1", "--diff", "live");
        Assert.Equal((FailureCode.TalosForeign.ExitCode, ""), (foreign.Exit, foreign.Output));
        Assert.DoesNotContain("token", foreign.Error, StringComparison.Ordinal);
    }

    private static string Line(string config, string key) => config.Split('\n').Select(l => l.Trim()).First(l => l.StartsWith(key, StringComparison.Ordinal))[key.Length..].Trim();

    private static Task<(int Exit, string Output, string Error)> RunAsync(ClusterBench bench, params string[] arguments) => ProvisionProgram.RunAsync(bench, ["render", .. arguments]);
}
