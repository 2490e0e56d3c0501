using System.Text;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Failures;
using Xunit;

namespace Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs;

/// <summary>Against a script called sops, first on PATH, that answers from a file beside it and notes how it was called.</summary>
[Collection(nameof(ProcessEnvironment))]
public sealed class SopsTests : IDisposable
{
    private const string Metadata = "sops:\n    age:\n        - recipient: age1xyz\n    mac: ENC[AES256_GCM,data:abc]\n";

    private readonly ConfigFolder _folder = new();
    private readonly string? _path = Environment.GetEnvironmentVariable("PATH");

    public SopsTests()
    {
        Directory.CreateDirectory(_folder["bin"]);
        Environment.SetEnvironmentVariable("PATH", _folder["bin"] + ":" + _path);
        Environment.SetEnvironmentVariable("HROBOT_USERNAME", "robot-user");
        Environment.SetEnvironmentVariable("SOPS_AGE_KEY_FILE", "/keys.txt");
        _folder.Write("n4.yaml", Encrypted);
    }

    /// <summary>One line a value, as sops writes it; so the lines after a long value differ from those of the plain text.</summary>
    private static string Encrypted => "version: ENC[AES256_GCM,data:1]\nmachine:\n    type: ENC[AES256_GCM,data:2]\n    network:\n        hostname: ENC[AES256_GCM,data:3]\n" + Metadata;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PATH", _path);
        Environment.SetEnvironmentVariable("HROBOT_USERNAME", null);
        Environment.SetEnvironmentVariable("SOPS_AGE_KEY_FILE", null);
        _folder.Dispose();
    }

    private void Sops(string script)
    {
        string path = _folder.Write("bin/sops", "#!/bin/sh\n" + script + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private async Task<ProvisionException> FailureAsync() =>
        await Assert.ThrowsAsync<ProvisionException>(() => ConfigFolder.LoadAsync(_folder.Cluster("n4.yaml"), cancellation: Cancellation));

    [Fact]
    public async Task An_encrypted_file_is_what_sops_makes_of_it()
    {
        _folder.Write("plain", SampleConfig.Text);
        Sops($"echo \"$@\" >> {_folder["calls"]}; env >> {_folder["calls"]}; cat {_folder["plain"]}");
        var config = await ConfigFolder.LoadAsync(_folder.Cluster("n4.yaml"), cancellation: Cancellation);

        Assert.Equal(SampleConfig.Text, Encoding.UTF8.GetString(config.Raw.Span));
        string calls = File.ReadAllText(_folder["calls"]);
        Assert.StartsWith($"--decrypt --input-type yaml --output-type yaml {_folder["n4.yaml"]}\n", calls);
        Assert.Contains("SOPS_AGE_KEY_FILE=/keys.txt", calls);
        // Robot's credentials are none of its business.
        Assert.DoesNotContain("robot-user", calls);
        Assert.Equal(new ConfigText("n4", 5, 9), config.Hostname);
    }

    [Fact]
    public async Task A_base_is_decrypted_and_patched_and_nothing_of_it_is_written()
    {
        _folder.Write("patch.yaml", "machine: {network: {hostname: n4}}\n");
        string plain = Path.Combine(Path.GetTempPath(), "plain-" + Guid.NewGuid());
        File.WriteAllText(plain, ConfigFolder.Base);
        Sops($"cat {plain}");
        var cluster = _folder.Cluster("{ base: n4.yaml, patches: [patch.yaml] }");
        string[] before = Directory.GetFiles(_folder.Root, "*", SearchOption.AllDirectories);
        var config = await ConfigFolder.LoadAsync(cluster, cancellation: Cancellation);
        File.Delete(plain);

        Assert.Equal("n4", config.Hostname!.Value);
        Assert.NotNull(config.CaKeyPem);
        Assert.Equal(before, Directory.GetFiles(_folder.Root, "*", SearchOption.AllDirectories));
        Assert.All(before, f => Assert.DoesNotContain(SampleConfig.Ca.Key, File.ReadAllText(f)));
    }

    [Fact]
    public async Task A_missing_sops_says_what_to_install()
    {
        Environment.SetEnvironmentVariable("PATH", _folder["bin"]);
        var error = await FailureAsync();
        Assert.Equal(FailureCode.ConfigDecryption, error.Code);
        Assert.Equal("Decrypting n4.yaml: the program sops cannot be started; nothing was touched", _folder.Shown(error.Message));
        Assert.Contains("Install sops", error.Remedy);
    }

    [Theory]
    [InlineData("echo 'no identity matched any of the recipients AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQ' >&2; exit 128", "it ended with 128: no identity matched any of the recipients (hidden)")]
    [InlineData("exit 0", "it returned nothing")]
    [InlineData("head -c 5000000 /dev/zero", "it returned more than 4 MiB")]
    public async Task A_failure_of_sops_is_told_without_secrets(string script, string expected)
    {
        Sops(script);
        var error = await FailureAsync();
        Assert.Equal(FailureCode.ConfigDecryption, error.Code);
        Assert.Equal($"Decrypting n4.yaml with sops: {expected}; nothing was touched", _folder.Shown(error.Message));
        Assert.Equal("See what sops says itself: sops --decrypt n4.yaml > /dev/null", _folder.Shown(error.Remedy!));
    }

    [Fact]
    public async Task What_sops_returns_must_be_YAML_and_is_not_quoted()
    {
        Sops("echo 'a: [geheim'");
        var error = await FailureAsync();
        Assert.Equal("Decrypting n4.yaml: what sops returned is not YAML; nothing was touched", _folder.Shown(error.Message));
        Assert.DoesNotContain("geheim", error.ToString());
    }
}

/// <summary>Tests that change variables of the process do not run beside others of their kind.</summary>
[CollectionDefinition(nameof(ProcessEnvironment), DisableParallelization = true)]
public sealed class ProcessEnvironment;
