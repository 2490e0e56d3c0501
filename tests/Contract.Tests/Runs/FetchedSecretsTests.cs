using System.Text.RegularExpressions;
using Kronform.Provision.Failures;
using Xunit;

namespace Kronform.Provision.Contract.Tests.Runs;

/// <summary>
/// Keys and certificates that the program fetches or makes go into the files they are for, and are nowhere else: not in what it
/// prints, not in its state folder.
/// </summary>
public sealed partial class FetchedSecretsTests
{
    private const string Planted = "cGxhbnRlZC1rZXktb2YtdGhlLW9wZXJhdG9yLTAwMDE=";

    [Fact]
    public async Task A_fetched_kubeconfig_is_in_its_file_alone()
    {
        await using var bench = new ClusterBench();
        await bench.StartConfiguredAsync(1);
        foreach (string[] arguments in new string[][] { ["kubeconfig"], ["kubeconfig", "-o", "json"], ["kubeconfig", bench.PathOf("other")] })
        {
            var (exit, output, error) = await ProvisionProgram.RunAsync(bench, arguments);
            string file = arguments[^1] == bench.PathOf("other") ? arguments[^1] : bench.PathOf("kubeconfig");
            Assert.True(exit == 0 && output.Contains(file, StringComparison.Ordinal), output + error);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            AssertNowhere(bench, output + error, Values(File.ReadAllText(file), "certificate-authority-data", "client-certificate-data", "client-key-data"));
        }
    }

    [Theory]
    [InlineData("clusters: [{name: emulated, cluster: {certificate-authority-data: PLANTED}}]\nusers: [{name: x, user: {client-key-data: PLANTED}}]\n")]
    [InlineData("users:\n- name: x\n  user:\n  client-key-data: PLANTED\n token: PLANTED\n")]
    [InlineData("kind: Secret\ndata: {key: PLANTED}\n")]
    [InlineData("PLANTED")]
    public async Task A_kubeconfig_that_is_refused_is_not_quoted_and_stays(string text)
    {
        await using var bench = new ClusterBench();
        await bench.StartConfiguredAsync(1);
        text = text.Replace("PLANTED", Planted, StringComparison.Ordinal);
        File.WriteAllText(bench.PathOf("kubeconfig"), text);

        var (exit, output, error) = await ProvisionProgram.RunAsync(bench, "kubeconfig");

        Assert.Equal(FailureCode.Kubeconfig.ExitCode, exit);
        Assert.Equal(text, File.ReadAllText(bench.PathOf("kubeconfig")));
        AssertNowhere(bench, output + error, [Planted]);
    }

    [Fact]
    public async Task An_administrators_key_is_in_the_talosconfig_alone_and_the_others_stay_there()
    {
        await using var bench = new ClusterBench();
        string other = $"context: work\ncontexts:\n    work:\n        endpoints:\n            - 192.0.2.1\n        ca: {Planted}\n        crt: {Planted}\n        key: {Planted}\n";
        File.WriteAllText(bench.PathOf("talosconfig"), other);

        var (exit, output, error) = await ProvisionProgram.RunAsync(bench, "talosconfig");

        string written = File.ReadAllText(bench.PathOf("talosconfig"));
        Assert.Equal(0, exit);
        Assert.StartsWith(other, written, StringComparison.Ordinal);
        AssertNowhere(bench, output + error, [Planted, .. Values(written[other.Length..], "key", "crt")]);
    }

    private static void AssertNowhere(ClusterBench bench, string said, IReadOnlyList<string> values)
    {
        Assert.NotEmpty(said);
        Assert.NotEmpty(values);
        var kept = new[] { bench.PathOf("xdg"), bench.State.Root }.Where(Directory.Exists).SelectMany(f => Directory.GetFiles(f, "*", SearchOption.AllDirectories)).Select(File.ReadAllText);
        foreach (string text in kept.Append(said))
            Assert.All(values, v => Assert.DoesNotContain(v, text, StringComparison.Ordinal));
    }

    /// <summary>Each must be there, or nothing would be looked for.</summary>
    private static List<string> Values(string file, params string[] keys) =>
        [.. keys.Select(k => Entry().Matches(file).First(m => m.Groups["key"].Value == k).Groups["value"].Value)];

    [GeneratedRegex(@"(?<key>[\w-]+): (?<value>[A-Za-z0-9+/=]{20,})")]
    private static partial Regex Entry();
}
