using System.Diagnostics;
using System.Text.Json;
using Kronform.Provision.Cluster.MachineConfigs;
using Kronform.Provision.Protocol;
using Kronform.Provision.Provisioner.Tests.Cluster.MachineConfigs;
using Xunit;
using static Kronform.Provision.Provisioner.Tests.Disks.Samples;

namespace Kronform.Provision.Provisioner.Tests.Commands;

/// <summary>
/// The real program, run on configs full of planted secrets, in success and in every kind of failure: nothing of them may be in
/// what it prints, in its log or anywhere in its state folder.
/// </summary>
public sealed class NoSecretsTests : IDisposable
{
    private const string Layers = "{ base: base.yaml, patches: [n4.yaml] }";

    private readonly ConfigFolder _folder = new();

    public NoSecretsTests()
    {
        _folder.Write("base.yaml", PlantedConfig.Base);
        _folder.Write("n4.yaml", "machine: {network: {hostname: n4}}\n");
        _folder.Write("inventory.json", JsonSerializer.Serialize(Host(Nvme("S64KNX0T000001"), Osd("Z1")), ProtocolJson.Default.HostInventory));
        _folder.Write("secrets/robot", "planted-robot-password\n");
        _folder.Write("bin/sops", "#!/bin/sh\necho \"failed: " + string.Join(' ', PlantedConfig.Values.Where(v => v.Length > 20)) + "\" >&2\nexit 128\n");
        File.SetUnixFileMode(_folder["bin/sops"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        _folder.Write("kubeconfig", PlantedConfig.Kubeconfig);
        _folder.Write("broken-kubeconfig", PlantedConfig.Kubeconfig.Replace("users:", "users", StringComparison.Ordinal));
        _folder.Write("talosconfig", PlantedConfig.Talosconfig);
        _folder.Write("broken-talosconfig", PlantedConfig.Talosconfig.Replace("context:", "context", StringComparison.Ordinal));
        _folder.Cluster(Layers);
        // A mistake in what is tested must not reach a machine, a server of Hetzner's or an image.
        string yaml = File.ReadAllText(_folder["provision.yaml"]);
        foreach (var (text, local) in new[] { ("robot:", "robot:\n  url: http://127.0.0.1:1"), ("address: 10.77.0.14", "address: 127.213.0.78"), ("https://github.com/", "https://127.0.0.1:1/"), ("  talosVersion:", "  talosconfig: talosconfig\n  talosVersion:") })
        {
            Assert.Contains(text, yaml);
            yaml = yaml.Replace(text, local, StringComparison.Ordinal);
        }

        _folder.Write("provision.yaml", yaml);
    }

    public static TheoryData<string, string> Files { get; } = new()
    {
        { "as it is", "" },
        { "a quote that is never closed", "base.yaml|  token: |  token: \"" },
        { "a tab", "base.yaml|  token: |\ttoken: " },
        { "a key written twice", "base.yaml|cluster:\n|cluster:\n  token: planted-twice\n" },
        { "a list where a value belongs", "base.yaml|  type: controlplane|  type: [planted-list]" },
        { "a key that is none", "base.yaml|    key: |    key: cGxhbnRlZA== #" },
        { "the CA's key under another name", "base.yaml|    key: |    keys: " },
        { "a key that is not base64", "base.yaml|    key: |    key: planted-not-base64!#" },
        { "keys Talos has not", "base.yaml|  token: |  tokens: planted-unknown\n  token: " },
        { "a worker with everything", "base.yaml|type: controlplane|type: worker" },
        { "a patch of another shape", "n4.yaml|hostname: n4|hostname: n4}, token: {planted: x" },
        { "half of a key pair", "n4.yaml|network|ca: {crt: planted-crt}, network" },
        { "a deletion by a secret", "n4.yaml|network: {hostname: n4}|systemDiskEncryption: {state: {keys: [{passphrase: planted-luks, $patch: delete}]}}" },
        { "a JSON patch that tests a secret", "n4.yaml|machine: {network: {hostname: n4}}|[{op: test, path: /machine/token, value: planted-test}]" },
        { "sops failing", "base.yaml|version: v1alpha1\n|sops: {mac: x}\nversion: v1alpha1\n" },
    };

    /// <summary>Where commands get as far as the operator's own files: with the CA's key, and without it by way of the talosconfig.</summary>
    private static readonly string[] OtherFiles = ["as it is", "the CA's key under another name"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public async Task No_command_shows_a_secret(string situation, string edit)
    {
        if (edit.Split('|') is [var name, var piece, var replacement])
        {
            string text = File.ReadAllText(_folder[name]);
            Assert.Contains(piece, text);
            _folder.Write(name, text.Replace(piece, replacement, StringComparison.Ordinal));
        }

        string[][] commands =
        [
            ["render", "n4"], ["render", "n4", "--diff", _folder["base.yaml"]], ["doctor", "-o", "json"],
            ["n4", "--dry-run", "--inventory", _folder["inventory.json"], "--save", _folder["saved"], "--verbose"], ["n4", "--verbose", "-o", "json", "--events", _folder["saved-events"]],
        ];
        if (OtherFiles.Contains(situation))
            commands = [.. commands, ["kubeconfig"], ["kubeconfig", _folder["broken-kubeconfig"]], ["talosconfig"], ["talosconfig", "--to", _folder["broken-talosconfig"]], ["status", "-o", "json"]];
        var runs = await Task.WhenAll(commands.Select(RunAsync));

        var written = new[] { "state", "saved" }.Where(f => Directory.Exists(_folder[f])).SelectMany(f => Directory.GetFiles(_folder[f], "*", SearchOption.AllDirectories)).Append(_folder["saved-events"]).Where(File.Exists).Select(File.ReadAllText);
        foreach (string seen in runs.Select(r => r.Output).Concat(written))
        {
            Assert.DoesNotContain("planted", seen);
            foreach (string value in PlantedConfig.Values) Assert.False(seen.Contains(value, StringComparison.Ordinal), $"{situation}: {seen}");
        }

        // What fails must have said something, and what succeeds must have had secrets to show.
        Assert.All(runs, r => Assert.NotEqual("", r.Output.Trim()));
        Assert.All(runs, r => Assert.NotEqual(1, r.Exit));
        Assert.Equal(PlantedConfig.Kubeconfig, File.ReadAllText(_folder["kubeconfig"]));
        Assert.StartsWith(PlantedConfig.Talosconfig, File.ReadAllText(_folder["talosconfig"]));
        if (edit.Length == 0) Assert.True(runs[0].Exit == 0 && runs[0].Output.Split("<hidden sha256:").Length > 25, runs[0].Output);
    }

    [Fact]
    public async Task What_Talos_quotes_is_taken_out_of_its_words()
    {
        var config = await ConfigFolder.LoadAsync(_folder.Cluster(Layers), cancellation: Cancellation);
        string words = "1 error occurred:\n\t* invalid: " + string.Join(", ", PlantedConfig.OfConfig.Select(v => $"\"{v}\""));
        string redacted = config.Redact(words);
        Assert.All(PlantedConfig.OfConfig, value => Assert.DoesNotContain(value, redacted));
        Assert.StartsWith("1 error occurred:\n\t* invalid: \"(hidden)\"", redacted);
        Assert.DoesNotContain("planted", config.ToString());
    }

    private async Task<(int Exit, string Output)> RunAsync(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "provision.dll"), .. arguments, "--file", _folder["provision.yaml"], "--state", _folder["state"]])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["PATH"] = _folder["bin"] + ":" + start.Environment["PATH"];
        start.Environment["KUBECONFIG"] = _folder["kubeconfig"];
        start.Environment["TALOSCONFIG"] = _folder["talosconfig"];
        start.Environment["XDG_STATE_HOME"] = _folder["home"];
        // Without a user name nobody asks Robot.
        start.Environment.Remove("HROBOT_USERNAME");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(Cancellation);
        string output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return (process.ExitCode, output + await error);
    }
}
