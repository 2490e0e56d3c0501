using System.CommandLine;
using System.Text;
using Kronform.Provision.Commands;
using Kronform.Provision.Failures;
using Kronform.Provision.Provisioner.Tests.Cluster;
using Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs;
using Kronform.Provision.Talos.Pki;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Commands;

public sealed class RenderCommandTests : IDisposable
{
    private readonly ConfigFolder _folder = new();

    public RenderCommandTests()
    {
        _folder.Write("base.yaml", ConfigFolder.Base);
        _folder.Write("n4.yaml", "machine: {network: {hostname: n4}}\n");
        _folder.Cluster("{ base: base.yaml, patches: [n4.yaml] }");
    }

    public void Dispose() => _folder.Dispose();

    private async Task<(int Exit, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exit = await ProvisionCommand.Create().Parse(["render", .. arguments, "--file", _folder["provision.yaml"]])
            .InvokeAsync(new InvocationConfiguration { Output = output, Error = error }, TestContext.Current.CancellationToken);
        return (exit, output.ToString(), error.ToString());
    }

    [Fact]
    public async Task The_merged_config_is_printed_without_its_secrets()
    {
        var (exit, output, error) = await RunAsync("n4");
        Assert.Equal((0, ""), (exit, error));
        Assert.Contains("    nameservers:\n      - 185.12.64.1\n    hostname: n4\n", output);
        Assert.Contains("  token: <hidden sha256:", output);
        Assert.DoesNotContain("abcdef.0123456789abcdef", output);
        Assert.DoesNotContain(SampleConfig.Ca.Key, output);
        Assert.Contains(SampleConfig.Ca.Crt, output);
    }

    [Fact]
    public async Task Secrets_are_printed_when_asked_for() =>
        Assert.Contains(SampleConfig.Ca.Key, (await RunAsync("n4", "--show-secrets")).Output);

    [Fact]
    public async Task What_is_printed_with_secrets_is_what_the_node_gets()
    {
        string printed = _folder.Write("printed.yaml", (await RunAsync("n4", "--show-secrets")).Output);
        var (exit, output, _) = await RunAsync("n4", "--diff", printed);
        Assert.Equal((0, $"no difference between n4 and {printed}\n"), (exit, output));
    }

    [Fact]
    public async Task A_difference_is_told_whatever_the_order_of_keys_and_without_secrets()
    {
        string other = _folder.Write("other.yaml", """
            cluster:
              network: {cni: {name: flannel}}
              controlPlane: {endpoint: "https://api.kronform.example:6443/"}
              secret: Z2VoZWlt
              id: Y2x1c3Rlci1pZA==
            """ + "\n" + ConfigFolder.Base[..ConfigFolder.Base.IndexOf("cluster:", StringComparison.Ordinal)].Replace("abcdef.0123456789abcdef", "zzzzzz.0123456789abcdef", StringComparison.Ordinal));
        var (exit, output, _) = await RunAsync("n4", "--diff", other);
        Assert.Equal(0, exit);
        Assert.StartsWith($"--- {other}\n+++ n4 (rendered)\n@@ ", output);
        Assert.Equal(["-  token: <hidden sha256", "-      name: flannel", "+  token: <hidden sha256", "+    hostname: n4", "+      name: none"],
            output.Split('\n').Skip(2).Where(l => l.StartsWith('-') || l.StartsWith('+')).Select(l => l.Split(':') is [var a, var b, _] ? $"{a}:{b}" : l).OrderBy(l => l[0] == '+').ToArray());
        Assert.DoesNotContain("zzzzzz", output);
    }

    [Theory]
    [InlineData(11, "config.unknown-node: ", "n9")]
    [InlineData(12, "config.machine-config-missing: ", "n4", "--diff", "/nonexistent/n4.yaml")]
    public async Task A_failure_has_its_code_and_prints_nothing_else(int code, string expected, params string[] arguments)
    {
        var (exit, output, error) = await RunAsync(arguments);
        Assert.Equal((code, ""), (exit, output));
        Assert.StartsWith(expected, error);
        Assert.Contains("\nremedy: ", error);
    }

    [Fact]
    public async Task A_node_that_does_not_answer_is_told()
    {
        using var ca = TalosCa.Create(TimeProvider.System);
        _folder.Write("base.yaml", ConfigFolder.Base.Replace(SampleConfig.Ca.Crt, Base64(ca.ExportCertificatePem()), StringComparison.Ordinal).Replace(SampleConfig.Ca.Key, Base64(ca.ExportKeyPem()), StringComparison.Ordinal));
        // An address of this machine on which nothing listens.
        string text = File.ReadAllText(_folder["provision.yaml"]).Replace("address: 10.77.0.14", "address: 127.213.0.77", StringComparison.Ordinal);
        _folder.Write("provision.yaml", text);
        var (exit, output, error) = await RunAsync("n4", "--diff", "live");
        Assert.Equal((FailureCode.TalosUnreachable.ExitCode, ""), (exit, output));
        Assert.StartsWith("talos.unreachable: Reading the machine config that n4 runs with: ", error);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));
}
